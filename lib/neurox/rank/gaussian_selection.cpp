#include "neurox/rank/gaussian_selection.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/rank/gaussian_input.h"
#include "neurox/rank/gaussian_scan.h"

namespace neurox {
namespace {

/// What float32 may leave uncertain of a score, as a share of 1 + |score|.
constexpr double kScanUncertain = 2e-5;

/// The data, standardised once, and the neurons chosen so far.
class GaussianChoice {
 public:
  GaussianChoice(const RowSource& X, std::span<const int> y, const std::optional<GaussianHeldOut>& held_out,
                 const GaussianSelectionOptions& options)
      : options_(options),
        num_classes_(check_gaussian_input(X.rows(), y, options.gaussian)),
        stats_(measure_columns(X)),
        train_rows_(X, stats_, options.gaussian.memory_bytes),
        classes_(train_rows_, y, num_classes_, options.gaussian),
        train_(train_rows_, y),
        free_(static_cast<std::size_t>(X.cols()), true) {
    if (!held_out) {
      if (on_held_out(options.criterion))
        throw usage_error("the criterion is on held-out tokens but there are none");
      return;
    }
    check_gaussian_held_out(X, *held_out, num_classes_);
    held_rows_.emplace(held_out->X, stats_, options.gaussian.memory_bytes);
    held_.emplace(*held_rows_, held_out->y);
  }

  /// The best neuron that is left; a constant one only when there is no other.
  Index best() const {
    const GaussianRows& rows = on_held_out(options_.criterion) ? *held_ : train_;
    std::vector<Index> left;
    for (Index j = 0; j < classes_.neurons(); ++j)
      if (free_[static_cast<std::size_t>(j)] && !constant(j)) left.push_back(j);
    if (left.empty()) return std::find(free_.begin(), free_.end(), true) - free_.begin();
    const CandidateScores all = scan_candidates(classes_, rows);
    const VectorD& score = by_accuracy(options_.criterion) ? all.accuracy : all.log_likelihood;
    double top = score(left.front());
    for (Index j : left) top = std::max(top, score(j));
    const double least = top - uncertainty(top, rows);
    std::vector<Index> close;
    for (Index j : left)
      if (!(score(j) < least)) close.push_back(j);
    if (close.size() == 1) return close.front();
    const CandidateScores exact = score_candidates(classes_, rows, close);
    const VectorD& again = by_accuracy(options_.criterion) ? exact.accuracy : exact.log_likelihood;
    Index at = 0;
    for (Index u = 1; u < again.size(); ++u)
      if (again(u) > again(at)) at = u;
    return close[static_cast<std::size_t>(at)];
  }

  /// The pair that is best together; nothing with fewer than two neurons that vary.
  std::optional<std::pair<Index, Index>> best_pair() const {
    const GaussianRows& rows = on_held_out(options_.criterion) ? *held_ : train_;
    struct Pair {
      double score;
      Index first, second;
    };
    std::vector<Pair> close;
    double top = -std::numeric_limits<double>::infinity();
    const auto threshold = [&] { return top - uncertainty(top, rows); };
    for (Index i = 0; i < classes_.neurons(); ++i) {
      if (constant(i)) continue;
      GaussianClasses classes = classes_;
      GaussianRows with = rows;
      classes.add(i);
      with.add(i);
      const CandidateScores all = scan_candidates(classes, with);
      const VectorD& score = by_accuracy(options_.criterion) ? all.accuracy : all.log_likelihood;
      for (Index j = i + 1; j < score.size(); ++j) {
        if (constant(j) || score(j) < threshold()) continue;
        top = std::max(top, score(j));
        close.push_back({score(j), i, j});
      }
      if (options_.gaussian.progress != nullptr) options_.gaussian.progress->advance_to(i + 1);
    }
    std::optional<std::pair<Index, Index>> best;
    double exact = 0;
    for (const Pair& pair : close) {
      if (pair.score < threshold()) continue;
      GaussianClasses classes = classes_;
      GaussianRows with = rows;
      classes.add(pair.first);
      with.add(pair.first);
      const CandidateScores again = score_candidates(classes, with, {&pair.second, 1});
      const double score = by_accuracy(options_.criterion) ? again.accuracy(0) : again.log_likelihood(0);
      if (best && score <= exact) continue;
      exact = score;
      best = {pair.first, pair.second};
    }
    return best;
  }

  GaussianStep take(Index neuron) {
    free_[static_cast<std::size_t>(neuron)] = false;
    // A neuron that does not vary has no density; it leaves everything as it is.
    if (!constant(neuron)) {
      classes_.add(neuron);
      train_.add(neuron);
      if (held_) held_->add(neuron);
    }
    return state(neuron);
  }

  /// The numbers of the neurons so far.
  GaussianStep state(Index neuron) const {
    GaussianStep step;
    step.neuron = neuron;
    step.train = train_.information(classes_);
    if (held_) step.held_out = held_->information(classes_);
    step.criterion =
        criterion_of(on_held_out(options_.criterion) ? *step.held_out : step.train, options_.criterion);
    return step;
  }

  bool constant(Index j) const { return std::binary_search(stats_.dead.begin(), stats_.dead.end(), j); }
  const std::vector<Index>& constants() const { return stats_.dead; }

 private:
  /// How far apart scores must be for float32 to tell them.
  double uncertainty(double score, const GaussianRows& rows) const {
    return kScanUncertain * (1 + std::abs(score)) +
           (by_accuracy(options_.criterion) ? 2 / static_cast<double>(rows.rows().rows()) : 0);
  }

  const GaussianSelectionOptions& options_;
  int num_classes_;
  Standardisation stats_;
  StandardRows train_rows_;
  std::optional<StandardRows> held_rows_;
  GaussianClasses classes_;
  GaussianRows train_;
  std::optional<GaussianRows> held_;
  std::vector<bool> free_;
};

/// Takes what `next` names, `count` times.
template <class Next>
GaussianSelection choose_gaussian(GaussianChoice& choice, Index count, Progress* progress, const Next& next) {
  GaussianSelection result;
  result.constant = choice.constants();
  const GaussianStep nothing = choice.state(0);
  if (progress != nullptr) progress->stage("choose", count, "neurons");
  for (Index k = 0; k < count; ++k) {
    GaussianStep step = choice.take(next(k));
    const GaussianStep& before = result.steps.empty() ? nothing : result.steps.back();
    step.gain = step.criterion - before.criterion;
    step.best_train = std::max(before.best_train, step.train.information);
    if (step.held_out) step.best_held_out = std::max(before.best_held_out, step.held_out->information);
    result.steps.push_back(step);
    if (progress != nullptr) progress->advance_to(k + 1);
  }
  return result;
}

}  // namespace

std::vector<Index> GaussianSelection::order() const {
  std::vector<Index> neurons;
  for (const GaussianStep& step : steps) neurons.push_back(step.neuron);
  return neurons;
}

GaussianSelection select_gaussian(const RowSource& X, std::span<const int> y,
                                  const std::optional<GaussianHeldOut>& held_out,
                                  const GaussianSelectionOptions& options) {
  if (options.count < 1) throw usage_error("{} neurons to choose: at least 1", options.count);
  GaussianChoice choice(X, y, held_out, options);
  std::optional<std::pair<Index, Index>> pair;
  if (options.first_pair && options.count > 1) {
    if (options.gaussian.progress != nullptr) options.gaussian.progress->stage("pairs", X.cols(), "neurons");
    pair = choice.best_pair();
  }
  return choose_gaussian(choice, std::min(options.count, X.cols()), options.gaussian.progress, [&](Index k) {
    if (pair && k < 2) return k == 0 ? pair->first : pair->second;
    return choice.best();
  });
}

GaussianSelection gaussian_of_subset(const RowSource& X, std::span<const int> y,
                                     const std::optional<GaussianHeldOut>& held_out,
                                     std::span<const Index> neurons,
                                     const GaussianSelectionOptions& options) {
  std::vector<Index> sorted(neurons.begin(), neurons.end());
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] < 0 || sorted[i] >= X.cols())
      throw input_error("neuron {} is out of range: there are {}", sorted[i], X.cols());
    if (i > 0 && sorted[i] == sorted[i - 1]) throw input_error("neuron {} is named twice", sorted[i]);
  }
  GaussianChoice choice(X, y, held_out, options);
  return choose_gaussian(choice, static_cast<Index>(neurons.size()), options.gaussian.progress,
                         [&](Index k) { return neurons[static_cast<std::size_t>(k)]; });
}

}  // namespace neurox
