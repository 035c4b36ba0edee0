#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/probe/logistic.h"

namespace neurox {

enum class PathCriterion { Accuracy, CrossEntropy };

/// Activations and labels on which penalties are compared; labels of -1 (unknown class) count as wrong.
struct HeldOut {
  const RowSource& X;
  std::span<const int> y;
};

struct PathOptions {
  LogisticOptions fit;  ///< its lambda and warm_start are not used
  std::vector<double>
      lambdas;     ///< tried largest first; empty: `count` from lambda_max down to lambda_max*smallest
  int count = 12;  ///< penalties when `lambdas` is empty
  double smallest = 1e-3;  ///< least penalty as a share of lambda_max
  PathCriterion criterion = PathCriterion::CrossEntropy;
  int patience = 3;  ///< stop after this many penalties in a row without improvement; 0: try all
};

struct PathPoint {
  double lambda = 0;
  double objective = 0, cross_entropy = 0, residual = 0;  ///< on the training rows
  double held_out_accuracy = 0, held_out_cross_entropy = 0;
  Index nonzeros = 0;
  int iterations = 0, passes = 0;
  bool converged = false;
};

struct PathResult {
  std::vector<PathPoint> points;  ///< largest penalty first
  std::size_t best = 0;           ///< index of the best on held-out data; the larger penalty on ties
  LogisticFit fit;                ///< the probe trained with it
};

/// Fits a path of penalties, each begun at the one before, and keeps the best on held-out data.
/// @throws Error as fit_logistic, and Error{Usage} when no penalty is given or one is not positive
PathResult fit_path(const RowSource& X, std::span<const int> y, const HeldOut& held_out,
                    const PathOptions& options);

/// The least lambda at which every weight is 0: largest |gradient entry| of W at W = 0, over rho.
/// @throws Error as fit_logistic, and Error{Usage} when l1_ratio is 0
double lambda_max(const RowSource& X, std::span<const int> y, const LogisticOptions& options);

}  // namespace neurox
