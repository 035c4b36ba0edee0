#include "neurox/rank/probe_search.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>

#include "neurox/core/error.h"
#include "neurox/probe/band_sum.h"
#include "neurox/probe/baselines.h"
#include "neurox/probe/evaluation.h"
#include "neurox/probe/logistic_input.h"
#include "neurox/probe/softmax_objective.h"
#include "neurox/probe/split.h"
#include "neurox/probe/thin_products.h"

namespace neurox {
namespace {

std::vector<Index> labelled_of(std::span<const int> y) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < y.size(); ++i)
    if (y[i] >= 0) rows.push_back(static_cast<Index>(i));
  return rows;
}

/// Tokens with a label, and the columns of neurons that are asked for.
class SearchedTokens {
 public:
  SearchedTokens(const RowSource& X, std::span<const int> y)
      : rows_(labelled_of(y)), X_(X, rows_), y_(take(y, rows_)) {}

  const RowSource& source() const { return X_; }
  const std::vector<int>& y() const { return y_; }
  void standardise(const Standardisation& stats, std::int64_t memory_bytes) {
    Z_.emplace(X_, stats, memory_bytes);
  }
  const StandardRows& Z() const { return *Z_; }

  /// #tokens x #neurons of the list, standardised.
  MatrixF columns(const std::vector<Index>& neurons) const {
    MatrixF out(X_.rows(), static_cast<Index>(neurons.size()));
    Z_->for_each_group([&](Index first, const MatrixFRef& group) {
      for (std::size_t j = 0; j < neurons.size(); ++j)
        out.col(static_cast<Index>(j)).segment(first, group.rows()) = group.col(neurons[j]);
    });
    return out;
  }

 private:
  std::vector<Index> rows_;
  RowSubset X_;
  std::vector<int> y_;
  std::optional<StandardRows> Z_;
};

/// Per neuron, from the probabilities of the training tokens (#tokens x #classes).
VectorD promises(const SearchedTokens& train, MatrixF p) {
  const auto n = static_cast<double>(p.rows());
  const VectorD curvature = (p.array() * (1 - p.array())).cast<double>().colwise().sum() / n;
  for (Index i = 0; i < p.rows(); ++i) p(i, train.y()[static_cast<std::size_t>(i)]) -= 1;
  MatrixD gradient = MatrixD::Zero(p.cols(), train.Z().cols());
  train.Z().for_each_group([&](Index group_first, const MatrixFRef& group) {
    add_bands(group, gradient, [&](Index first, const MatrixFRef& Z, MatrixF& part) {
      add_outer_sums(p.middleRows(group_first + first, Z.rows()), Z, part);
    });
  });
  gradient /= n;
  VectorD promise = VectorD::Zero(gradient.cols());
  for (Index c = 0; c < gradient.rows(); ++c)
    if (curvature(c) > 0) promise += gradient.row(c).cwiseAbs2().transpose() / curvature(c);
  return promise;
}

/// A probe on some neurons, as it does on held-out tokens.
struct TriedProbe {
  LogisticFit fit;
  ProbeStep step;
};

TriedProbe try_probe(const MatrixF& train, std::span<const int> y, const MatrixF& held_out,
                     std::span<const int> held_y, const LogisticOptions& options) {
  TriedProbe tried;
  tried.fit = fit_logistic(MatrixRows(train), y, options);
  const MatrixF logits = predict_logits(MatrixRows(held_out), tried.fit);
  tried.step.accuracy = evaluate(held_y, argmax_rows(logits), options.num_classes).accuracy;
  tried.step.cross_entropy = mean_cross_entropy(logits, held_y);
  tried.step.train_cross_entropy = tried.fit.cross_entropy;
  return tried;
}

bool tried_better(const ProbeStep& a, const ProbeStep& b, PathCriterion criterion) {
  const double by_accuracy = criterion == PathCriterion::Accuracy ? 1 : 0;
  return std::tuple(-by_accuracy * a.accuracy, a.cross_entropy, a.neuron) <
         std::tuple(-by_accuracy * b.accuracy, b.cross_entropy, b.neuron);
}

/// The fit with a neuron more, whose weights are 0.
LogisticFit widened(const LogisticFit& fit) {
  LogisticFit out = fit;
  out.W.conservativeResize(fit.W.rows(), fit.W.cols() + 1);
  out.W.rightCols(1).setZero();
  return out;
}

/// The neurons of the largest promise, ascending; of neurons that do not vary one, when there is no other.
std::vector<Index> shortlist_of(const VectorD& promise, const std::vector<bool>& free,
                                const std::vector<Index>& constant, Index count) {
  std::vector<Index> neurons, dull;
  for (Index j = 0; j < promise.size(); ++j)
    if (free[static_cast<std::size_t>(j)])
      (std::binary_search(constant.begin(), constant.end(), j) ? dull : neurons).push_back(j);
  if (neurons.empty()) return {dull.front()};
  std::stable_sort(neurons.begin(), neurons.end(), [&](Index a, Index b) { return promise(a) > promise(b); });
  neurons.resize(std::min(neurons.size(), static_cast<std::size_t>(count)));
  std::sort(neurons.begin(), neurons.end());
  return neurons;
}

}  // namespace

std::vector<Index> ProbeSelection::order() const {
  std::vector<Index> neurons;
  for (const ProbeStep& step : steps) neurons.push_back(step.neuron);
  return neurons;
}

ProbeSelection select_by_probe(const RowSource& X, std::span<const int> y, const HeldOut& held_out,
                               const ProbeSearchOptions& options) {
  if (options.count < 1) throw usage_error("{} neurons to choose: at least 1", options.count);
  if (options.shortlist < 1) throw usage_error("a shortlist of {} neurons: at least 1", options.shortlist);
  if (static_cast<Index>(y.size()) != X.rows())
    throw input_error("{} labels but activations of {} tokens", y.size(), X.rows());
  if (static_cast<Index>(held_out.y.size()) != held_out.X.rows())
    throw input_error("{} labels but activations of {} held-out tokens", held_out.y.size(),
                      held_out.X.rows());
  if (held_out.X.cols() != X.cols())
    throw input_error("{} neurons in training but {} in the held-out tokens", X.cols(), held_out.X.cols());
  SearchedTokens train(X, y), held(held_out.X, held_out.y);
  if (held.y().empty()) throw input_error("no held-out token has a label");
  LogisticOptions fit = options.fit;
  fit.num_classes = check_logistic_input(train.source(), train.y(), options.fit);
  fit.standardise = false;
  const Standardisation stats = measure_columns(train.source());
  train.standardise(stats, options.fit.memory_bytes);
  held.standardise(stats, options.fit.memory_bytes);

  ProbeSelection result;
  const int majority = majority_class(train.y(), fit.num_classes);
  result.majority = static_cast<double>(std::count(held.y().begin(), held.y().end(), majority)) /
                    static_cast<double>(held.y().size());
  std::vector<bool> free(static_cast<std::size_t>(X.cols()), true);
  const Index count = std::min(options.count, X.cols());
  MatrixF p =
      frequency_start(train.y(), fit.num_classes, 0).col(0).transpose().replicate(train.source().rows(), 1);
  softmax_rows(p);
  MatrixF chosen(train.source().rows(), 0), chosen_held(held.source().rows(), 0);
  std::optional<LogisticFit> last;
  if (options.fit.progress != nullptr) options.fit.progress->stage("choose", count, "neurons");
  fit.progress = nullptr;
  for (Index k = 0; k < count; ++k) {
    const std::vector<Index> some = shortlist_of(promises(train, p), free, stats.dead, options.shortlist);
    const MatrixF columns = train.columns(some), columns_held = held.columns(some);
    const std::optional<LogisticFit> start = last ? std::optional(widened(*last)) : std::nullopt;
    std::vector<TriedProbe> tried(some.size());
    tbb::parallel_for(std::size_t{0}, some.size(), [&](std::size_t u) {
      MatrixF with(chosen.rows(), k + 1), with_held(chosen_held.rows(), k + 1);
      with << chosen, columns.col(static_cast<Index>(u));
      with_held << chosen_held, columns_held.col(static_cast<Index>(u));
      LogisticOptions own = fit;
      own.warm_start = start ? &*start : nullptr;
      tried[u] = try_probe(with, train.y(), with_held, held.y(), own);
      tried[u].step.neuron = some[u];
    });
    std::size_t best = 0;
    for (std::size_t u = 1; u < tried.size(); ++u)
      if (tried_better(tried[u].step, tried[best].step, options.criterion)) best = u;
    chosen.conservativeResize(Eigen::NoChange, k + 1);
    chosen.col(k) = columns.col(static_cast<Index>(best));
    chosen_held.conservativeResize(Eigen::NoChange, k + 1);
    chosen_held.col(k) = columns_held.col(static_cast<Index>(best));
    free[static_cast<std::size_t>(some[best])] = false;
    last = std::move(tried[best].fit);
    p = predict_logits(MatrixRows(chosen), *last);
    ProbeStep step = tried[best].step;
    step.train_accuracy = evaluate(train.y(), argmax_rows(p), fit.num_classes).accuracy;
    softmax_rows(p);
    result.steps.push_back(step);
    if (options.fit.progress != nullptr) options.fit.progress->advance_to(k + 1);
  }
  return result;
}

}  // namespace neurox
