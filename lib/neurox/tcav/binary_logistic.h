#pragma once

#include <span>

#include "neurox/core/matrix.h"

namespace neurox::tcav {

struct BinaryLogisticFit {
  VectorD w;             ///< #neurons
  double b = 0;          ///< not penalised
  double objective = 0;  ///< J at w, b
  double residual = 0;   ///< what is left of the optimality conditions (below), 0 exactly at the optimum
  int iterations = 0;
  bool converged = false;
};

struct BinaryLogisticOptions {
  double C = 1;              ///< weight of the data against the penalty, > 0
  double tolerance = 1e-10;  ///< of the residual
  int max_iterations = 100;
};

/// Logistic regression with an L2 penalty for few rows of many neurons, in double.
///
///     J(w, b) = 1/2 |w|^2 + C sum_i log(1 + exp(-s_i (w.x_i + b))),   s_i = +1 where y_i = 1, else -1
///
/// which is scikit-learn's `LogisticRegression(C)`. At the optimum w = C sum_i a_i x_i with a_i = y_i - p_i
/// and sum_i a_i = 0; the residual is the largest |a_i - (y_i - p_i)| of the a_i that w is made of.
///
/// @param X  #rows x #neurons
/// @param y  #rows, 0 or 1
/// @throws Error{Input} when sizes differ, a label is neither, or one of the two does not occur
/// Method: Newton's in the span of the rows (as for Gaussian process classifiers, Rasmussen & Williams 2006,
/// 3.4.3), with the free intercept; steps are halved until J falls. Cost: O(rows^2 neurons) once and
/// O(rows^3) a step. fit_logistic (probe/logistic.h) is the one for many rows.
BinaryLogisticFit fit_binary_logistic(const MatrixD& X, std::span<const int> y,
                                      const BinaryLogisticOptions& options);

}  // namespace neurox::tcav
