#pragma once

#include <cstdint>
#include <span>

#include "neurox/core/matrix.h"
#include "neurox/probe/split.h"

namespace neurox::tcav {

enum class Direction {
  Logistic,   ///< weights of a logistic regression
  Difference  ///< mean of the concept minus mean of its counterpart: what Logistic comes to for C -> 0
};

struct VectorOptions {
  Direction direction = Direction::Logistic;
  /// Work on z = (x - mean) / standard deviation over the training rows. Off, with C = 1 and without `unit`:
  /// scikit-learn's `LogisticRegression()` on raw activations.
  bool standardise = true;
  double C = 1e-2;   ///< weight of the data against the penalty (binary_logistic.h)
  bool unit = true;  ///< bring the vector to length 1, in standard deviations where it is standardised
};

/// A concept activation vector: how activations move from a counterpart to the concept.
struct ConceptVector {
  VectorD direction;     ///< #neurons: a step, in units of raw activations
  VectorD normal;        ///< #neurons, per unit of raw activations: tells the sides apart (below)
  double intercept = 0;  ///< normal.x + intercept > 0: on the side of the concept
  VectorD spread;        ///< #neurons, standard deviations over the training rows (ddof 0)
  double accuracy = 0;   ///< on the held-out rows; NaN without any
  double chance = 0;     ///< share of the larger side among them
  Index held_out = 0;    ///< their number
  bool converged = true;
};

/// With weights w for z, a step of w in z is the step direction = w * deviation in x, and the normal of the
/// boundary is w / deviation. Derivatives along `direction` are those of the target with respect to z along
/// w, so they do not change with the units of neurons; along the normal they would, by the square of the
/// unit. In raw activations the two are one.
///
/// @param X      #examples x #neurons activations, raw
/// @param y      #examples: 1 for the concept, 0 for its counterpart
/// @param split  rows that train and rows that test
/// @throws Error{Input} when a training side is empty or an activation is not finite
/// @throws Error{Numeric} when no direction tells the two apart (equal means, no neuron that varies)
///
/// Neurons that do not vary over the training rows (a deviation below 1e-7 of their largest value) have
/// weight 0. Source: Kim et al., ICML 2018. Weights are no pattern: Haufe et al., NeuroImage 2014.
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
