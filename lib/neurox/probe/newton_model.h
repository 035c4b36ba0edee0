#pragma once

#include "neurox/probe/row_sample.h"
#include "neurox/probe/softmax_objective.h"

namespace neurox {

/// Rows in memory on which the Hessian is made.
struct HessianRows {
  MatrixF Z;        ///< #sample x #neurons
  VectorF weights;  ///< #sample
};

/// Quadratic model of the objective about a point, with the L1 term kept as it is:
///
///     q(D) = <g, D> + 1/2 <D, (H + damping) D> + l1 |W + D|_1
///
/// H = sum_i w_i (diag p_i - p_i p_i') (x) z_i z_i' + penalties over sampled rows; damping is a multiple of
/// each class's mean curvature.
class NewtonModel {
 public:
  /// Keeps references.
  NewtonModel(const ObjectivePoint& point, const HessianRows& rows, const ElasticNet& penalty,
              double damping);

  struct Solution {
    MatrixF parameters;    ///< minimiser, shaped as the point's
    double predicted = 0;  ///< q at it, minus q(0): negative
    int products = 0;      ///< Hessian products spent
  };
  /// Minimises q until its smallest subgradient is at most `tolerance` or `max_products` are spent.
  Solution minimise(double tolerance, int max_products);

 private:
  struct Value {
    double q;
    MatrixF gradient;  ///< of the smooth part at x
    double residual;
  };
  MatrixF product(const MatrixF& D);
  Value value_at(const MatrixF& x);
  double residual(const MatrixF& x, const MatrixF& gradient) const;
  double absolute(const MatrixF& x) const { return l1_ * x.leftCols(neurons_).cast<double>().lpNorm<1>(); }
  void bound_curvature();
  MatrixF proximal(const MatrixF& x, const MatrixF& gradient) const;
  void proximal_steps(MatrixF& x, Value& value, double tolerance);
  void subspace_step(MatrixF& x, Value& value, double tolerance);

  const ObjectivePoint& point_;
  const HessianRows& rows_;
  Index classes_, neurons_;
  float l1_;
  MatrixF P_;         ///< #sample x #classes probabilities at the point
  MatrixF gradient_;  ///< at the point
  MatrixF ridge_;     ///< diagonal added to H: L2, bias_l2 and damping
  VectorF bound_;     ///< #classes: the class's block of H is at most this
  int products_ = 0;
};

}  // namespace neurox
