#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "neurox/rank/gaussian_selection.h"

namespace neurox {

struct GeneticOptions {
  GaussianOptions gaussian = {};  ///< how a set is scored
  GaussianCriterion criterion = GaussianCriterion::HeldOutLikelihood;
  Index count = 10;        ///< neurons of a set
  int population = 100;    ///< sets alive at a time
  int generations = 100;   ///< at most
  int patience = 20;       ///< stop after so many generations without a better set
  int tournament = 3;      ///< sets drawn for each parent, the best of which is taken
  double mutation = 0.15;  ///< probability that a neuron of a child is replaced by any other
  int elite = 2;           ///< best sets that live on unchanged, at least 1
  std::uint64_t seed = 0;
};

struct GeneticResult {
  std::vector<Index> best;  ///< ascending
  double criterion = 0;     ///< of it, as GaussianCriterion says
  VectorD contribution;     ///< per neuron of it: the criterion less that of the set without it
  GaussianInformation train;
  std::optional<GaussianInformation> held_out;
  std::vector<double> best_by_generation,
      mean_by_generation;  ///< of the criterion; the first is the random start
  /// #neurons: share of the last population's sets that hold the neuron, which tells neurons that matter from
  /// passengers of one set.
  VectorD frequency;
  std::int64_t evaluated = 0;  ///< different sets scored
};

/// Genetic search for the set of `count` neurons on which Gaussians per class tell labels best.
///
/// The first population is drawn at random. A child keeps the neurons that both parents have and draws the
/// rest from those that one has; then each neuron mutates. A set is scored whole, so neurons that say
/// something only together (exclusive or: equal means, covariances of opposite sign) are found when they
/// meet.
///
/// @param X         #tokens x #neurons activations; kept in memory
/// @param y         #tokens labels in [0, num_classes); -1: left out
/// @param held_out  more tokens, or nothing where the criterion needs none
/// @throws Error as select_gaussian; Error{Usage} when an option is out of range or the activations do not
///         fit in memory_bytes; Error{Input} when fewer than `count` neurons vary
///
/// Neurons that do not vary are never drawn. The same seed gives the same sets with any number of threads:
/// children are drawn one after the other, and scored in parallel. The best set of all may be missed.
/// Cost: a set is O(tokens * count^2 * classes); no set is scored twice.
/// Source: Holland 1975; Goldberg & Deb 1991 (tournaments); the crossover keeps sizes, as Radcliffe 1993
/// (RAR).
GeneticResult search_genetic(const RowSource& X, std::span<const int> y,
                             const std::optional<GaussianHeldOut>& held_out, const GeneticOptions& options);

}  // namespace neurox
