#include "neurox/probe/logistic.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "neurox/probe/logistic_input.h"
#include "neurox/probe/newton_model.h"

namespace neurox {
namespace {

constexpr Index kLeastLevel = 3000;   ///< rows of the smallest preliminary problem
constexpr Index kLeastSample = 4000;  ///< rows on which a Hessian is made at least
constexpr double kInner = 0.25;  ///< residual of the model aimed at, over the residual now
constexpr double kPoor = 0.5;  ///< a model is poor when less of its promise than this came true
constexpr double kLevelTolerance = 3e-3;

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

/// Proximal Newton: the model's minimiser, halved until the objective falls far enough; damping grows when
/// the model promised too much.
Minimum descend(const SoftmaxObjective& objective, MatrixF start, const Descent& how) {
  const Index n = objective.rows().rows();
  const Index count = std::max(kLeastSample, n / 4);
  const double l1 = objective.penalty().l1;
  Minimum best{objective.at(std::move(start)), 0, 1};
  HessianRows rows;
  double damping = 0, sampled_at = 0;
  bool stale = false;
  int age = 0;
  for (; best.iterations < how.max_iterations && best.point.residual > how.tolerance; ++best.iterations) {
    const ObjectivePoint& at = best.point;
    if (rows.Z.size() == 0 || (count < n && (stale || at.residual < 0.1 * sampled_at))) {
      rows = hessian_rows(objective, at, count);
      sampled_at = at.residual;
      stale = false;
      age = 0;
      ++best.passes;
    }
    NewtonModel model(at, rows, objective.penalty(), damping);
    const NewtonModel::Solution solution =
        model.minimise(std::max(kInner * at.residual, 0.3 * how.tolerance), 400);
    const MatrixF step = solution.parameters - at.parameters;
    const Index d = objective.rows().cols();
    const double slope = at.gradient.cwiseProduct(step.cast<double>()).sum() +
                         l1 * (solution.parameters.leftCols(d).cast<double>().lpNorm<1>() -
                               at.parameters.leftCols(d).cast<double>().lpNorm<1>());
    const double slack = 1e-9 * std::max(1.0, at.objective);
    std::optional<ObjectivePoint> next;
    float length = 1;
    for (; length > 1e-3F; length /= 2) {
      next = objective.at(length == 1 ? solution.parameters : MatrixF(at.parameters + length * step));
      ++best.passes;
      if (next->objective <= at.objective + 1e-4 * static_cast<double>(length) * slope + slack) break;
      next.reset();
    }
    if (!next) {
      if (damping > 1e3) break;
      damping = std::max(1.0, damping * 10);
      continue;
    }
    const double kept = solution.predicted < 0 ? (next->objective - at.objective) / solution.predicted : 1;
    if (kept < kPoor || length < 1) stale = age > 0;
    if (length < 1 || (kept < kPoor && age == 0)) {
      damping = std::max(0.1, damping * 3);
    } else if (kept > 0.8) {
      damping = damping < 0.05 ? 0 : damping / 3;
    }
    ++age;
    best.point = std::move(*next);
    if (how.progress != nullptr) how.progress->advance_to(best.iterations + 1);
  }
  return best;
}

/// Strides of preliminary problems, largest first: each has a quarter of the rows of the next.
std::vector<Index> preliminary_strides(Index rows) {
  std::vector<Index> strides;
  for (Index stride = 4; rows / stride >= kLeastLevel; stride *= 4) strides.insert(strides.begin(), stride);
  return strides;
}

}  // namespace

LogisticFit fit_logistic(const RowSource& X, std::span<const int> y, const LogisticOptions& options) {
  const int classes = check_logistic_input(X, y, options);
  Standardisation stats = standardisation(X, options);
  const StandardRows Z(X, stats, options.memory_bytes);
  const ElasticNet penalty{options.lambda * options.l1_ratio, options.lambda * (1 - options.l1_ratio),
                           options.bias_l2};
  const Index d = X.cols();
  LogisticFit fit;
  fit.passes = 1;

  MatrixF V = frequency_start(y, classes, d);
  if (options.warm_start != nullptr) {
    V << options.warm_start->W, options.warm_start->b;
    for (Index j : stats.dead) V.col(j).setZero();
  } else {
    for (Index stride : preliminary_strides(X.rows())) {
      const std::vector<Index> chosen = strided_rows(X.rows(), stride);
      const StandardRows some(Z.gather(chosen));
      ++fit.passes;
      std::vector<int> labels;
      for (Index i : chosen) labels.push_back(y[static_cast<std::size_t>(i)]);
      V = descend({some, labels, classes, penalty}, std::move(V),
                  {std::max(kLevelTolerance, options.tolerance), 30})
              .point.parameters;
    }
  }
  if (options.progress != nullptr) options.progress->stage("probe", 0, "iterations");
  Minimum minimum = descend({Z, y, classes, penalty}, std::move(V),
                            {options.tolerance, options.max_iterations, options.progress});

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
