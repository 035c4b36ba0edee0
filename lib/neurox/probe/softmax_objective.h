#pragma once

#include <span>
#include <vector>

#include "neurox/probe/standard_rows.h"

namespace neurox {

/// Weights of the elastic net. Parameters are #classes x (#neurons + 1), the last column the biases.
struct ElasticNet {
  double l1 = 0;       ///< weighs |W|_1
  double l2 = 0;       ///< weighs |W|_F^2 / 2
  double bias_l2 = 0;  ///< weighs |b|^2 / 2
};

/// The objective and all that one pass over the rows tells at some parameters.
struct ObjectivePoint {
  MatrixF parameters;            ///< #classes x (#neurons + 1)
  double objective = 0;          ///< cross entropy + penalties
  double cross_entropy = 0;      ///< mean, nats
  MatrixD gradient;              ///< of all but the L1 term, shaped as the parameters
  double residual = 0;           ///< largest entry of the smallest subgradient
  std::vector<float> curvature;  ///< #rows: 1 - sum_k p_k^2, the trace of a row's Hessian in the logits
};

/// Mean cross entropy of a softmax on standardised rows, with an elastic net.
class SoftmaxObjective {
 public:
  /// Keeps references; y holds labels in [0, num_classes).
  SoftmaxObjective(const StandardRows& Z, std::span<const int> y, int num_classes, const ElasticNet& penalty)
      : Z_(Z), y_(y), classes_(num_classes), penalty_(penalty) {}

  /// One pass over the rows.
  ObjectivePoint at(MatrixF parameters) const;

  const StandardRows& rows() const { return Z_; }
  std::span<const int> labels() const { return y_; }
  int classes() const { return classes_; }
  const ElasticNet& penalty() const { return penalty_; }

 private:
  const StandardRows& Z_;
  std::span<const int> y_;
  int classes_;
  ElasticNet penalty_;
};

/// Turns logits into probabilities, row by row; returns each row's log of the normaliser.
VectorF softmax_rows(MatrixFOut logits);

/// The entry of the smallest subgradient of `g x + l1 |x|` at x.
inline double smallest_subgradient(double x, double g, double l1) {
  if (x > 0) return g + l1;
  if (x < 0) return g - l1;
  return g > l1 ? g - l1 : g < -l1 ? g + l1 : 0;
}

}  // namespace neurox
