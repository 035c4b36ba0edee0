#include "neurox/probe/ridge.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/probe/split.h"
#include "neurox/probe/standard_rows.h"

namespace neurox {
namespace {

constexpr Index kRidgeBand = StandardRows::kBand;

/// Rows with a label, and the labels less their mean.
struct RidgeTask {
  std::vector<Index> rows;
  VectorD y;
  double mean = 0, variance = 0;
};

RidgeTask ridge_task(const RowSource& X, std::span<const double> y) {
  if (static_cast<Index>(y.size()) != X.rows())
    throw input_error("{} labels but activations of {} tokens", y.size(), X.rows());
  RidgeTask task;
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (std::isinf(y[i])) throw input_error("the label of token {} is infinite", i);
    if (!std::isnan(y[i])) task.rows.push_back(static_cast<Index>(i));
  }
  task.y.resize(static_cast<Index>(task.rows.size()));
  for (Index i = 0; i < task.y.size(); ++i)
    task.y(i) = y[static_cast<std::size_t>(task.rows[static_cast<std::size_t>(i)])];
  if (task.y.size() == 0 || task.y.minCoeff() == task.y.maxCoeff())
    throw input_error("the labels of the {} tokens that have one do not vary: nothing to predict",
                      task.y.size());
  task.mean = task.y.mean();
  task.y.array() -= task.mean;
  task.variance = task.y.squaredNorm() / static_cast<double>(task.y.size());
  return task;
}

/// Sums over bands of rows in their order, in double: `f(first row, Z, sum)`.
template <class Sum, class F>
void add_ridge_bands(const StandardRows& Z, Sum& sum, const F& f) {
  Z.for_each_group([&](Index first, const MatrixFRef& group) {
    const Index bands = (group.rows() + kRidgeBand - 1) / kRidgeBand;
    std::vector<Sum> parts(static_cast<std::size_t>(bands));
    tbb::parallel_for(Index{0}, bands, [&](Index band) {
      const Index begin = band * kRidgeBand, n = std::min(kRidgeBand, group.rows() - begin);
      parts[static_cast<std::size_t>(band)] =
          f(first + begin, MatrixD(group.middleRows(begin, n).cast<double>()));
    });
    for (const Sum& part : parts) sum += part;
  });
}

/// Z'Z / n, made strip by strip so that strips are tasks and sums stay in order.
MatrixD gram_matrix(const StandardRows& Z) {
  constexpr Index kStrip = 128;
  const Index d = Z.cols();
  MatrixD gram = MatrixD::Zero(d, d);
  Z.for_each_group([&](Index, const MatrixFRef& group) {
    for (Index first = 0; first < group.rows(); first += kRidgeBand) {
      const MatrixD band = group.middleRows(first, std::min(kRidgeBand, group.rows() - first)).cast<double>();
      tbb::parallel_for(Index{0}, (d + kStrip - 1) / kStrip, [&](Index strip) {
        const Index begin = strip * kStrip, n = std::min(kStrip, d - begin);
        gram.middleRows(begin, n).leftCols(begin + n).noalias() +=
            band.middleCols(begin, n).transpose() * band.leftCols(begin + n);
      });
    }
  });
  for (Index i = 0; i < d; ++i)
    for (Index j = i + 1; j < d; ++j) gram(i, j) = gram(j, i);
  return gram / static_cast<double>(Z.rows());
}

using RidgeProduct = std::function<VectorD(const VectorD&)>;

/// Conjugate gradients on A w = right, begun at fit.w.
void solve_ridge(const RidgeProduct& A, const VectorD& right, const RidgeOptions& options, RidgeFit& fit) {
  const int most = options.max_iterations > 0 ? options.max_iterations : 10 * static_cast<int>(right.size());
  VectorD residual = right - A(fit.w), direction = residual;
  double square = residual.squaredNorm();
  const double enough = options.tolerance * right.norm();
  while (std::sqrt(square) > enough && fit.iterations < most) {
    const VectorD product = A(direction);
    const double length = square / direction.dot(product);
    fit.w += length * direction;
    // The recurrence drifts: the true residual is taken now and then.
    if (++fit.iterations % 50 == 0) {
      residual = right - A(fit.w);
    } else {
      residual -= length * product;
    }
    const double next = residual.squaredNorm();
    direction = residual + next / square * direction;
    square = next;
  }
  fit.converged = std::sqrt(square) <= enough;
}

}  // namespace

std::vector<RidgeFit> fit_ridge(const RowSource& X, std::span<const double> y,
                                std::span<const double> lambdas, const RidgeOptions& options) {
  if (lambdas.empty()) throw usage_error("ridge regression needs a penalty");
  for (double lambda : lambdas)
    if (!(lambda > 0) || !std::isfinite(lambda))
      throw usage_error("lambda is {}: it must be positive", lambda);
  const RidgeTask task = ridge_task(X, y);
  const RowSubset rows(X, task.rows);
  Standardisation stats = measure_columns(rows);
  if (!options.standardise) {
    stats.scale.setOnes();  // centred all the same: that is the free bias
  }
  const Index d = X.cols(), n = rows.rows();
  const bool direct = 8 * d * d <= options.memory_bytes / 2;
  const StandardRows Z(rows, stats, options.memory_bytes - (direct ? 8 * d * d : 0));
  VectorD right = VectorD::Zero(d);
  add_ridge_bands(Z, right, [&](Index first, const MatrixD& band) {
    return VectorD(band.transpose() * task.y.segment(first, band.rows()));
  });
  right /= static_cast<double>(n);
  const MatrixD gram = direct ? gram_matrix(Z) : MatrixD();
  const auto product = [&](const VectorD& v) {
    if (direct) return VectorD(gram * v);
    VectorD sum = VectorD::Zero(d);
    add_ridge_bands(
        Z, sum, [&](Index, const MatrixD& band) { return VectorD(band.transpose() * VectorD(band * v)); });
    return VectorD(sum / static_cast<double>(n));
  };

  std::vector<std::size_t> by_size(lambdas.size());
  std::iota(by_size.begin(), by_size.end(), 0);
  std::stable_sort(by_size.begin(), by_size.end(), [&](auto a, auto b) { return lambdas[a] > lambdas[b]; });
  std::vector<RidgeFit> fits(lambdas.size());
  VectorD start = VectorD::Zero(d);
  for (std::size_t i : by_size) {
    RidgeFit& fit = fits[i];
    fit.lambda = lambdas[i];
    fit.w = start;
    solve_ridge([&](const VectorD& v) { return VectorD(product(v) + fit.lambda * v); }, right, options, fit);
    start = fit.w;
    fit.b = task.mean;
    fit.mean = stats.mean;
    fit.scale = stats.scale;
    fit.dead = stats.dead;
    // |y - Zw|^2 / n = var y - 2 w.right + w'Gw
    const double error = task.variance - 2 * fit.w.dot(right) + fit.w.dot(product(fit.w));
    fit.r_squared = 1 - error / task.variance;
    fit.objective = error / 2 + fit.lambda / 2 * fit.w.squaredNorm();
  }
  return fits;
}

VectorD predict_ridge(const RowSource& X, const RidgeFit& fit) {
  if (X.cols() != fit.w.size())
    throw input_error("the probe has {} neurons but the activations {}", fit.w.size(), X.cols());
  VectorD raw = fit.w.cwiseQuotient(fit.scale);
  const double bias = fit.b - raw.dot(fit.mean);
  VectorD out(X.rows());
  for_each_band(X, kRidgeBand, [&](Index first, const MatrixFRef& band) {
    out.segment(first, band.rows()) = (band.cast<double>() * raw).array() + bias;
  });
  return out;
}

double r_squared(std::span<const double> y, const VectorD& predicted) {
  if (static_cast<Index>(y.size()) != predicted.size())
    throw input_error("{} labels but {} predictions", y.size(), predicted.size());
  double sum = 0, count = 0;
  for (double v : y)
    if (!std::isnan(v)) sum += v, count += 1;
  double error = 0, total = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (std::isnan(y[i])) continue;
    error += std::pow(y[i] - predicted(static_cast<Index>(i)), 2);
    total += std::pow(y[i] - sum / count, 2);
  }
  return total > 0 ? 1 - error / total : no_value;
}

}  // namespace neurox
