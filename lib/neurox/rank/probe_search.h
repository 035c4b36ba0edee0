#pragma once

#include <span>
#include <vector>

#include "neurox/probe/logistic.h"
#include "neurox/probe/path.h"

namespace neurox {

struct ProbeSearchOptions {
  /// Every probe: weak L2 by default, so that the choice decides how many neurons count, not the penalty.
  LogisticOptions fit = {.lambda = 1e-3, .l1_ratio = 0, .tolerance = 1e-4};
  Index count = 50;      ///< neurons to choose; all there are, where there are fewer
  Index shortlist = 16;  ///< neurons tried at each step
  PathCriterion criterion = PathCriterion::Accuracy;
};

struct ProbeStep {
  Index neuron = 0;
  double accuracy = 0, cross_entropy = 0;              ///< on the held-out tokens; nats
  double train_accuracy = 0, train_cross_entropy = 0;  ///< on the training tokens
};

struct ProbeSelection {
  double majority = 0;  ///< accuracy of the training tokens' most frequent class on the held-out tokens
  std::vector<ProbeStep> steps;
  std::vector<Index> order() const;
};

/// Chooses neurons one at a time by how well a logistic probe on them and the new one does on held-out
/// tokens.
///
///     promise(j) = sum over classes c of (1/n sum_i (p_ic - [y_i = c]) z_ij)^2 / mean of p_c (1 - p_c)
///     next = among the `shortlist` neurons of the largest promise, the best on held-out tokens
///
/// p are the probabilities of the probe on the neurons so far: the promise is the loss's fall by a Newton
/// step in the new weights alone. Ties of accuracy go to the lower cross-entropy, then to the lowest neuron;
/// ties of cross-entropy to the lowest neuron.
///
/// @param X         #tokens x #neurons activations; read by bands: standardised by its own statistics
/// @param y         #tokens labels; -1: left out, also in `held_out`
/// @throws Error as fit_logistic; Error{Usage} when count or shortlist is not positive; Error{Input} on
///         another number of neurons, or when no held-out token has a label
///
/// Linear probes see neurons one by one: a pair that tells a label only together (exclusive or) is not found.
/// With a shortlist of all neurons it is the plain greedy search.
/// Cost: a step is a pass and `shortlist` probes of k neurons, each begun at the last one.
/// Source: forward selection; the promise is Rao's score statistic with a diagonal information matrix.
ProbeSelection select_by_probe(const RowSource& X, std::span<const int> y, const HeldOut& held_out,
                               const ProbeSearchOptions& options);

}  // namespace neurox
