#pragma once

#include <cstdint>
#include <span>

#include "neurox/core/matrix.h"
#include "neurox/probe/split.h"

namespace neurox::tcav {

enum class Direction {
  Logistic,   ///< normal of a logistic regression's boundary
  Difference  ///< mean of the concept minus mean of its counterpart
};

struct VectorOptions {
  Direction direction = Direction::Logistic;
  /// Neurons are centred and divided by their standard deviation over the training rows (logistic only). Off,
  /// with C = 1 and without `unit`: scikit-learn's `LogisticRegression()` on raw activations.
  bool standardise = true;
  double C = 1e-2;   ///< weight of the data against the penalty (binary_logistic.h)
  bool unit = true;  ///< of length 1
};

/// A concept activation vector: the direction in which activations go over from a counterpart to the concept.
struct ConceptVector {
  VectorD direction;     ///< #neurons, for raw activations
  double intercept = 0;  ///< direction.x + intercept > 0: on the side of the concept
  VectorD spread;        ///< #neurons, standard deviations over the training rows (ddof 0)
  double accuracy = 0;   ///< on the held-out rows; NaN without any
  double chance = 0;     ///< share of the larger side among them
  Index held_out = 0;    ///< their number
  bool converged = true;
};

/// Kim et al., ICML 2018.
///
/// @param X      #examples x #neurons activations, raw
/// @param y      #examples: 1 for the concept, 0 for its counterpart
/// @param split  rows that train and rows that test
/// @throws Error{Input} when a training side is empty or an activation is not finite
/// @throws Error{Numeric} when no direction tells the two apart (equal means, no neuron that varies)
///
/// Neurons that do not vary over the training rows (a deviation below 1e-7 of their largest value) have
/// weight 0.
ConceptVector concept_vector(const MatrixF& X, std::span<const int> y, const Split& split,
                             const VectorOptions& options);

/// Holds out `share` of the concept and of the counterpart, each at least one and not all.
///
/// @param groups  #examples: equal numbers stay on one side (the same text twice, words of one sentence);
/// empty: all differ
/// @throws Error{Usage} when share is not in (0, 1); Error{Input} when a side has fewer than two groups
Split stratified_split(std::span<const int> y, std::span<const std::int64_t> groups, double share,
                       std::uint64_t seed);

/// Whether held-out accuracy is within what guessing reaches one time in twenty (normal approximation to the
/// binomial, one-sided): a score from such a vector says nothing.
bool at_chance(double accuracy, double chance, Index held_out);

}  // namespace neurox::tcav
