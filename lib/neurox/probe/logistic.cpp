#include "neurox/probe/logistic.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "neurox/probe/logistic_input.h"
#include "neurox/probe/newton_model.h"

namespace neurox {
namespace {

constexpr Index kLeastLevel = 3000;       ///< rows of the smallest preliminary problem
constexpr Index kLeastSample = 4000;      ///< rows on which a Hessian is made at least
constexpr double kInner = 0.25;           ///< residual of the model aimed at, over the residual now
constexpr double kPoor = 0.5;             ///< a model is poor when less of its promise than this came true
constexpr double kLevelTolerance = 3e-3;  ///< residual of preliminary problems at most
constexpr int kPatience = 20;             ///< iterations without a smaller residual: float32 gives no more
constexpr double kMostDamping = 1e4;
constexpr int kMostProducts = 400;  ///< Hessian products on one model

struct Descent {
  double tolerance;
  int max_iterations;
  Progress* progress = nullptr;
};

struct Minimum {
  ObjectivePoint point;
  int iterations = 0;
  int passes = 0;
};

HessianRows hessian_rows(const SoftmaxObjective& objective, const ObjectivePoint& point, Index count) {
  RowSample sample = sample_rows(point.curvature, count);
  return {objective.rows().gather(sample.rows), std::move(sample.weights)};
}

/// Where a line search ended; no point when even the shortest step did not help.
struct Advance {
  std::optional<ObjectivePoint> point;
  float length = 1;
  int passes = 0;
};

/// Halves the step to the model's minimiser until the objective falls by a share of what its slope promises.
Advance advance(const SoftmaxObjective& objective, const ObjectivePoint& at, const MatrixF& target) {
  const Index d = objective.rows().cols();
  const MatrixF step = target - at.parameters;
  const double slope = at.gradient.cwiseProduct(step.cast<double>()).sum() +
                       objective.penalty().l1 * (target.leftCols(d).cast<double>().lpNorm<1>() -
                                                 at.parameters.leftCols(d).cast<double>().lpNorm<1>());
  // What float32 logits leave uncertain of a mean.
  const double slack = 1e-9 * std::max(1.0, at.objective);
  Advance result;
  for (; result.length > 1e-3F; result.length /= 2) {
    result.point = objective.at(result.length == 1 ? target : MatrixF(at.parameters + result.length * step));
    ++result.passes;
    const double bound = at.objective + 1e-4 * static_cast<double>(result.length) * slope + slack;
    if (result.point->objective <= bound) return result;
    result.point.reset();
  }
  return result;
}

/// Proximal Newton. Damping grows when a model on fresh rows promised too much; rows are sampled anew when
/// they are no longer those that matter.
Minimum descend(const SoftmaxObjective& objective, MatrixF start, const Descent& how) {
  const Index n = objective.rows().rows(), count = std::max(kLeastSample, n / 4);
  Minimum now{objective.at(std::move(start)), 0, 1};
  HessianRows rows;
  double damping = 0, sampled_at = 0, least = now.point.residual;
  bool stale = false;
  int age = 0, least_at = 0;
  for (; now.iterations < how.max_iterations && now.point.residual > how.tolerance; ++now.iterations) {
    const ObjectivePoint& at = now.point;
    if (at.residual < least) {
      least = at.residual;
      least_at = now.iterations;
    }
    if (now.iterations - least_at > kPatience || damping > kMostDamping) break;
    if (rows.Z.size() == 0 || (count < n && (stale || at.residual < 0.1 * sampled_at))) {
      rows = hessian_rows(objective, at, count);
      sampled_at = at.residual;
      stale = false;
      age = 0;
      ++now.passes;
    }
    NewtonModel model(at, rows, objective.penalty(), damping);
    const NewtonModel::Solution solution =
        model.minimise(std::max(kInner * at.residual, 0.3 * how.tolerance), kMostProducts);
    Advance next = advance(objective, at, solution.parameters);
    now.passes += next.passes;
    const double kept = !next.point              ? 0
                        : solution.predicted < 0 ? (next.point->objective - at.objective) / solution.predicted
                                                 : 1;
    if (kept < kPoor || next.length < 1) stale = age > 0;
    if (!next.point) {
      damping = std::max(1.0, damping * 10);
      continue;
    }
    if (next.length < 1 || (kept < kPoor && age == 0)) {
      damping = std::max(0.1, damping * 3);
    } else if (kept > 0.8) {
      damping = damping < 0.05 ? 0 : damping / 3;
    }
    ++age;
    now.point = std::move(*next.point);
    if (how.progress != nullptr) how.progress->advance_to(now.iterations + 1);
  }
  return now;
}

/// Strides of preliminary problems, largest first: each has a quarter of the rows of the next.
std::vector<Index> preliminary_strides(Index rows) {
  std::vector<Index> strides;
  for (Index stride = 4; rows / stride >= kLeastLevel; stride *= 4) strides.insert(strides.begin(), stride);
  return strides;
}

/// How many times too strong the penalty of the first problem is at each of its steps: from just below the
/// one at which every weight is 0, down to `last`.
std::vector<double> weakening(const SoftmaxObjective& objective, const MatrixF& start, double last) {
  const double l1 = objective.penalty().l1;
  std::vector<double> factors{last};
  if (l1 == 0) return factors;
  const double most = objective.at(start).gradient.leftCols(objective.rows().cols()).cwiseAbs().maxCoeff();
  while (factors.front() * l1 * 3 < most) factors.insert(factors.begin(), factors.front() * 3);
  return factors;
}

/// A start near the optimum from few rows. With fewer rows noise is larger, by the root of their share, and
/// so is the penalty; on the smallest problem it comes down from one at which nearly all weights are 0. So
/// the weights that are not zero only ever become more, and never many that must go again.
struct Preliminary {
  MatrixF parameters;
  int passes = 0;
};
Preliminary preliminary(const SoftmaxObjective& whole, MatrixF V) {
  Preliminary result;
  const ElasticNet& penalty = whole.penalty();
  bool first = true;
  for (Index stride : preliminary_strides(whole.rows().rows())) {
    const std::vector<Index> chosen = strided_rows(whole.rows().rows(), stride);
    const StandardRows some(whole.rows().gather(chosen));
    ++result.passes;
    std::vector<int> labels;
    for (Index i : chosen) labels.push_back(whole.labels()[static_cast<std::size_t>(i)]);
    const double own = std::sqrt(static_cast<double>(stride));
    std::vector<double> factors{own};
    if (first) factors = weakening({some, labels, whole.classes(), penalty}, V, own);
    first = false;
    for (double factor : factors) {
      const ElasticNet stronger{factor * penalty.l1, factor * penalty.l2, penalty.bias_l2};
      const double tolerance =
          stronger.l1 > 0 ? std::min(0.3 * stronger.l1, kLevelTolerance) : kLevelTolerance;
      V = descend({some, labels, whole.classes(), stronger}, std::move(V), {tolerance, 30}).point.parameters;
    }
  }
  result.parameters = std::move(V);
  return result;
}

}  // namespace

LogisticFit fit_logistic(const RowSource& X, std::span<const int> y, const LogisticOptions& options) {
  const int classes = check_logistic_input(X, y, options);
  Standardisation stats = standardisation(X, options);
  const StandardRows Z(X, stats, options.memory_bytes);
  const ElasticNet penalty{options.lambda * options.l1_ratio, options.lambda * (1 - options.l1_ratio),
                           options.bias_l2};
  const SoftmaxObjective whole(Z, y, classes, penalty);
  const Index d = X.cols();
  LogisticFit fit;
  fit.passes = 1;

  MatrixF V = frequency_start(y, classes, d);
  if (options.warm_start != nullptr) {
    V << options.warm_start->W, options.warm_start->b;
    for (Index j : stats.dead) V.col(j).setZero();
  } else {
    Preliminary before = preliminary(whole, std::move(V));
    V = std::move(before.parameters);
    fit.passes += before.passes;
  }
  if (options.progress != nullptr) options.progress->stage("probe", 0, "iterations");
  Minimum minimum =
      descend(whole, std::move(V), {options.tolerance, options.max_iterations, options.progress});

  fit.W = minimum.point.parameters.leftCols(d);
  fit.b = minimum.point.parameters.col(d);
  if (options.bias_l2 == 0) fit.b.array() -= fit.b.mean();
  fit.mean = std::move(stats.mean);
  fit.scale = std::move(stats.scale);
  fit.dead = std::move(stats.dead);
  fit.objective = minimum.point.objective;
  fit.cross_entropy = minimum.point.cross_entropy;
  fit.residual = minimum.point.residual;
  fit.iterations = minimum.iterations;
  fit.passes += minimum.passes;
  fit.converged = fit.residual <= options.tolerance;
  return fit;
}

}  // namespace neurox
