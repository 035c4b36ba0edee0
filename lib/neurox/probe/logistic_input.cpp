#include "neurox/probe/logistic_input.h"

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"

namespace neurox {
namespace {

void check_options(const LogisticOptions& o) {
  if (!(o.lambda >= 0) || !std::isfinite(o.lambda))
    throw usage_error("lambda is {}: it must be >= 0", o.lambda);
  if (!(o.l1_ratio >= 0 && o.l1_ratio <= 1))
    throw usage_error("l1_ratio is {}: it must lie in [0, 1]", o.l1_ratio);
  if (!(o.bias_l2 >= 0)) throw usage_error("bias_l2 is {}: it must be >= 0", o.bias_l2);
  if (!(o.tolerance > 0)) throw usage_error("tolerance is {}: it must be positive", o.tolerance);
  if (o.max_iterations < 1)
    throw usage_error("max_iterations is {}: it must be at least 1", o.max_iterations);
}

}  // namespace

int check_logistic_input(const RowSource& X, std::span<const int> y, const LogisticOptions& options) {
  check_options(options);
  if (static_cast<Index>(y.size()) != X.rows())
    throw input_error("{} labels but activations of {} tokens", y.size(), X.rows());
  if (y.empty()) throw input_error("no tokens to train on");
  const int classes =
      options.num_classes > 0 ? options.num_classes : *std::max_element(y.begin(), y.end()) + 1;
  for (std::size_t i = 0; i < y.size(); ++i)
    if (y[i] < 0 || y[i] >= classes)
      throw input_error("label of token {} is {}: expected 0 to {}", i, y[i], classes - 1);
  if (std::all_of(y.begin(), y.end(), [&](int label) { return label == y[0]; }))
    throw input_error("all {} tokens have the same label: nothing to tell apart", y.size());
  if (options.warm_start == nullptr) return classes;
  const LogisticFit& warm = *options.warm_start;
  if (warm.W.rows() != classes || warm.W.cols() != X.cols() || warm.b.size() != classes)
    throw usage_error("the warm start has {} classes x {} neurons but the data {} x {}", warm.W.rows(),
                      warm.W.cols(), classes, X.cols());
  return classes;
}

MatrixF frequency_start(std::span<const int> y, int classes, Index neurons) {
  VectorD counts = VectorD::Constant(classes, 1e-3);
  for (int label : y) counts(label) += 1;
  MatrixF V = MatrixF::Zero(classes, neurons + 1);
  const VectorD b = counts.array().log();
  V.col(neurons) = (b.array() - b.mean()).matrix().cast<float>();
  return V;
}

Standardisation standardisation(const RowSource& X, const LogisticOptions& options) {
  Standardisation stats = measure_columns(X);
  if (!options.standardise) {
    stats.mean.setZero();
    stats.scale.setOnes();
  }
  return stats;
}

}  // namespace neurox
