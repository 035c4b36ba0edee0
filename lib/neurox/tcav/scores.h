#pragma once

#include <span>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox::tcav {

/// How much the target grows when an example's activations move along a direction: S(i, k) = g_i . v_k.
///
/// @param gradients   #examples x #neurons, d target / d activation
/// @param directions  #directions x #neurons, for raw activations
/// @return #examples x #directions, in the target's unit per unit of length of the direction
/// @throws Error{Input} when the numbers of neurons differ
MatrixD directional_derivatives(const MatrixF& gradients, const MatrixD& directions);

/// What is kept of one direction's derivatives over examples.
struct Score {
  double score = 0;      ///< share of examples whose derivative is > 0 (TCAV score); NaN without examples
  double magnitude = 0;  ///< mean derivative, signed
  double absolute = 0;   ///< mean of |derivative|
  Index examples = 0;
};

/// Adds derivatives up over blocks of examples, so that corpora need not fit in memory.
class ScoreSums {
 public:
  explicit ScoreSums(Index directions)
      : positive_(VectorD::Zero(directions)), sum_(positive_), absolute_(positive_) {}

  /// @param derivatives  #examples x #directions
  void add(const MatrixD& derivatives);
  Score score(Index direction) const;

 private:
  VectorD positive_, sum_, absolute_;
  Index examples_ = 0;
};

}  // namespace neurox::tcav
