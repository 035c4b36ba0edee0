#include "neurox/rank/gaussian_selection.h"

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"
#include "neurox/rank/gaussian_scan.h"

namespace neurox {
namespace {

/// What float32 may leave uncertain of a score, as a share of 1 + |score|.
constexpr double kScanUncertain = 2e-5;

bool by_accuracy(GaussianCriterion c) {
  return c == GaussianCriterion::TrainAccuracy || c == GaussianCriterion::HeldOutAccuracy;
}

bool on_held_out(GaussianCriterion c) {
  return c == GaussianCriterion::HeldOutLikelihood || c == GaussianCriterion::HeldOutAccuracy;
}

/// Checks settings and labels; returns the number of classes.
int check_gaussian_input(Index tokens, std::span<const int> y, const GaussianOptions& o) {
  if (!(o.kappa >= 0)) throw usage_error("kappa is {}: it must be >= 0", o.kappa);
  if (!(o.floor > 0)) throw usage_error("the floor is {}: it must be positive", o.floor);
  if (static_cast<Index>(y.size()) != tokens)
    throw input_error("{} labels but activations of {} tokens", y.size(), tokens);
  const int largest = y.empty() ? -1 : *std::max_element(y.begin(), y.end());
  const int classes = o.num_classes > 0 ? o.num_classes : largest + 1;
  for (std::size_t i = 0; i < y.size(); ++i)
    if (y[i] < -1 || y[i] >= classes)
      throw input_error("label of token {} is {}: expected -1 to {}", i, y[i], classes - 1);
  return classes;
}

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
    if (held_out->X.cols() != X.cols())
      throw input_error("{} neurons in training but {} in the held-out tokens", X.cols(), held_out->X.cols());
    GaussianOptions same = options.gaussian;
    same.num_classes = num_classes_;
    check_gaussian_input(held_out->X.rows(), held_out->y, same);
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
    const double least = top - kScanUncertain * (1 + std::abs(top)) -
                         (by_accuracy(options_.criterion) ? 2 / static_cast<double>(rows.rows().rows()) : 0);
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
    const GaussianInformation& decides = on_held_out(options_.criterion) ? *step.held_out : step.train;
    step.criterion = by_accuracy(options_.criterion) ? decides.accuracy : decides.log_likelihood;
    return step;
  }

  bool constant(Index j) const { return std::binary_search(stats_.dead.begin(), stats_.dead.end(), j); }
  const std::vector<Index>& constants() const { return stats_.dead; }

 private:
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
  return choose_gaussian(choice, std::min(options.count, X.cols()), options.gaussian.progress,
                         [&](Index) { return choice.best(); });
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
