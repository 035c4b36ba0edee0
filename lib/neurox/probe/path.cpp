#include "neurox/probe/path.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "neurox/core/error.h"
#include "neurox/probe/evaluation.h"
#include "neurox/probe/logistic_input.h"
#include "neurox/probe/softmax_objective.h"

namespace neurox {
namespace {

std::vector<double> penalties(const RowSource& X, std::span<const int> y, const PathOptions& options) {
  std::vector<double> lambdas = options.lambdas;
  if (lambdas.empty()) {
    if (options.count < 1) throw usage_error("a path needs at least one penalty");
    if (!(options.smallest > 0 && options.smallest <= 1))
      throw usage_error("the least penalty is {} of the largest: it must lie in (0, 1]", options.smallest);
    // Pure ridge has no penalty at which all weights are 0: begin where a tenth of L1 would.
    LogisticOptions first = options.fit;
    first.l1_ratio = std::max(first.l1_ratio, 0.1);
    const double top = lambda_max(X, y, first);
    for (int i = 0; i < options.count; ++i)
      lambdas.push_back(top * std::pow(options.smallest, options.count == 1
                                                             ? 0.0
                                                             : static_cast<double>(i) / (options.count - 1)));
  }
  for (double lambda : lambdas)
    if (!(lambda > 0)) throw usage_error("lambda is {}: on a path it must be positive", lambda);
  std::sort(lambdas.begin(), lambdas.end(), std::greater<>());
  lambdas.erase(std::unique(lambdas.begin(), lambdas.end()), lambdas.end());
  return lambdas;
}

bool better(const PathPoint& a, const PathPoint& b, PathCriterion criterion) {
  return criterion == PathCriterion::Accuracy ? a.held_out_accuracy > b.held_out_accuracy
                                              : a.held_out_cross_entropy < b.held_out_cross_entropy;
}

}  // namespace

double lambda_max(const RowSource& X, std::span<const int> y, const LogisticOptions& options) {
  if (!(options.l1_ratio > 0)) throw usage_error("l1_ratio is 0: without L1 no penalty makes every weight 0");
  const int classes = check_logistic_input(X, y, options);
  const StandardRows Z(X, standardisation(X, options), options.memory_bytes);
  const ObjectivePoint at_zero =
      SoftmaxObjective(Z, y, classes, {}).at(frequency_start(y, classes, X.cols()));
  return at_zero.gradient.leftCols(X.cols()).cwiseAbs().maxCoeff() / options.l1_ratio;
}

PathResult fit_path(const RowSource& X, std::span<const int> y, const HeldOut& held_out,
                    const PathOptions& options) {
  PathOptions o = options;
  o.fit.warm_start = nullptr;
  o.fit.num_classes = check_logistic_input(X, y, o.fit);
  PathResult result;
  LogisticFit last;
  int without_gain = 0;
  for (double lambda : penalties(X, y, o)) {
    o.fit.lambda = lambda;
    if (!result.points.empty()) o.fit.warm_start = &last;
    LogisticFit fit = fit_logistic(X, y, o.fit);
    const MatrixF logits = predict_logits(held_out.X, fit);
    PathPoint point{lambda, fit.objective, fit.cross_entropy, fit.residual};
    point.held_out_accuracy = evaluate(held_out.y, argmax_rows(logits), o.fit.num_classes).accuracy;
    point.held_out_cross_entropy = mean_cross_entropy(logits, held_out.y);
    point.nonzeros = fit.nonzeros();
    point.iterations = fit.iterations;
    point.passes = fit.passes;
    point.converged = fit.converged;
    result.points.push_back(point);
    last = std::move(fit);
    if (result.points.size() == 1 || better(point, result.points[result.best], o.criterion)) {
      result.best = result.points.size() - 1;
      result.fit = last;
      without_gain = 0;
    } else if (o.patience > 0 && ++without_gain >= o.patience) {
      break;
    }
  }
  return result;
}

}  // namespace neurox
