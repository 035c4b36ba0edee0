#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"

namespace neurox {

struct RidgeOptions {
  bool standardise = true;   ///< neurons are centred and divided by their standard deviation (ddof 0)
  double tolerance = 1e-10;  ///< stop when |residual of the normal equations| is at most this share of |Z'y|
  int max_iterations = 0;    ///< 0: ten times the number of neurons
  std::int64_t memory_bytes = std::int64_t{4} << 30;  ///< for the products Z'Z, and the matrix where it fits
  Progress* progress = nullptr;
};

struct RidgeFit {
  double lambda = 0;
  VectorD w;            ///< #neurons, for standardised inputs z = (x - mean) / scale; in units of the label
  double b = 0;         ///< mean label
  VectorD mean, scale;  ///< #neurons; as in LogisticFit
  std::vector<Index> dead;
  double objective = 0;
  double r_squared = 0;  ///< on the training tokens
  int iterations = 0;
  bool converged = false;
};

/// Ridge regression of a numeric label.
///
///     J(w, b) = 1/2n sum_i (y_i - w.z_i - b)^2 + lambda/2 |w|^2
///
/// the bias is free. In scikit-learn's terms alpha = n lambda, on standardised neurons. Its solution is
/// (Z'Z/n + lambda) w = Z'(y - mean y)/n, solved by conjugate gradients in double on Z'Z, which one pass
/// makes; where 8 #neurons^2 bytes do not fit in half of memory_bytes, each product is a pass over the rows
/// instead.
///
/// @param X        #tokens x #neurons activations, model units
/// @param y        #tokens labels, any unit; NaN: left out
/// @param lambdas  penalties > 0, in any order
/// @return a fit per penalty, in their order; each is begun at the next larger one's
/// @throws Error{Input} on a size mismatch, an infinite label, labels that do not vary, or an activation
///         that is not finite; Error{Usage} when there is no penalty or one is not positive
///
/// Not reaching the tolerance is no error: see `converged`.
/// Cost: O(tokens*neurons^2) once, then O(neurons^2) an iteration; or O(tokens*neurons) an iteration.
/// Source: Hoerl & Kennard, Technometrics 1970; Hestenes & Stiefel 1952.
std::vector<RidgeFit> fit_ridge(const RowSource& X, std::span<const double> y,
                                std::span<const double> lambdas, const RidgeOptions& options);

/// #tokens predictions.
/// @throws Error{Input} when X has another number of neurons
VectorD predict_ridge(const RowSource& X, const RidgeFit& fit);

/// 1 - sum (y - predicted)^2 / sum (y - mean y)^2 over tokens whose label is not NaN: at most 1; 0 for
/// predicting the mean; negative for worse. NaN when labels do not vary.
/// @throws Error{Input} on a size mismatch
double r_squared(std::span<const double> y, const VectorD& predicted);

}  // namespace neurox
