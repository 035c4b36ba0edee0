#pragma once

#include <optional>
#include <span>
#include <vector>

#include "neurox/probe/gaussian_rows.h"

namespace neurox {

enum class GaussianCriterion {
  TrainLikelihood,    ///< mean ln p(label | neurons) on the training tokens: their mutual information
  HeldOutLikelihood,  ///< the same on the held-out tokens
  TrainAccuracy,
  HeldOutAccuracy
};

struct GaussianSelectionOptions {
  GaussianOptions gaussian;
  GaussianCriterion criterion = GaussianCriterion::HeldOutLikelihood;
  Index count = 50;         ///< neurons to choose; all there are, where there are fewer
  bool first_pair = false;  ///< the first two are the best of all pairs: a scan per neuron
};

/// Tokens that no Gaussian was fitted on.
struct GaussianHeldOut {
  const RowSource& X;      ///< #tokens x #neurons
  std::span<const int> y;  ///< #tokens labels; -1: left out
};

struct GaussianStep {
  Index neuron = 0;
  double criterion = 0;  ///< of the neurons up to this one: nats a token, or a share
  double gain = 0;       ///< of the criterion over the step before; over the class frequencies at the first
  GaussianInformation train;
  std::optional<GaussianInformation> held_out;
  double best_train = 0, best_held_out = 0;  ///< largest information so far, bits, at least 0
};

struct GaussianSelection {
  std::vector<GaussianStep> steps;
  std::vector<Index>
      constant;  ///< neurons that do not vary, ascending: chosen after all others, changing nothing
  std::vector<Index> order() const;
};

/// Chooses neurons one at a time: each time the one with which Gaussians per class, on the neurons chosen so
/// far and it, tell labels best.
///
///     p(v | x_S) = p(v) N(x_S; mean_v, Sigma_v) / sum_u p(u) N(x_S; mean_u, Sigma_u)
///     next = argmax_j criterion(S + j);   p(v): shares among the training tokens
///
/// @param X         #tokens x #neurons activations, model units; read by bands
/// @param y         #tokens labels in [0, num_classes); -1: left out
/// @param held_out  more tokens, or nothing where the criterion needs none; then held-out numbers are absent
/// @return a step per chosen neuron, in the order of choice
/// @throws Error{Input} on a size mismatch, a label out of range, one class only, a class of a single token,
/// or
///         an activation that is not finite; Error{Usage} when the count, kappa or floor is out of range or
///         the criterion wants held-out tokens that are not there
///
/// Ties go to the lowest neuron (strictly greater wins). All candidates are scored at once in float32, and
/// those within 2e-5 of the best (of 1 + |best|) again in double, so the choice is double's. Nothing is
/// fitted for a candidate: see GaussianClasses. The information is a lower bound of the true one, and may
/// fall or become negative: hence the running maxima. One neuron at a time does not find a pair
/// that tells a label only together (exclusive or); `first_pair` does, unless a pair of others is better.
/// Cost: a step is O(tokens*classes*neurons*k); memory: X where it fits in memory_bytes, the chosen columns,
/// and O(classes*neurons*k).
/// Source: Torroba Hennigen, Williams & Cotterell, EMNLP 2020; Antverg & Belinkov, ICLR 2022 (MapUnbiased
/// with TrainLikelihood, as NeuroX has it). The peers factorise every candidate's covariance anew.
GaussianSelection select_gaussian(const RowSource& X, std::span<const int> y,
                                  const std::optional<GaussianHeldOut>& held_out,
                                  const GaussianSelectionOptions& options);

/// The same numbers for neurons in an order that is given: what a subset, and each beginning of it, knows.
/// @throws as select_gaussian, and Error{Input} when a neuron is out of range or occurs twice
GaussianSelection gaussian_of_subset(const RowSource& X, std::span<const int> y,
                                     const std::optional<GaussianHeldOut>& held_out,
                                     std::span<const Index> neurons, const GaussianSelectionOptions& options);

}  // namespace neurox
