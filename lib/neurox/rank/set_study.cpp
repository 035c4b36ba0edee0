#include "neurox/rank/set_study.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/core/random.h"
#include "neurox/probe/baselines.h"
#include "neurox/probe/control_task.h"
#include "neurox/probe/evaluation.h"
#include "neurox/rank/choose.h"

namespace neurox {
namespace {

double share_right(std::span<const int> truth, const std::vector<int>& predicted) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) right += truth[i] == predicted[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(std::max<std::size_t>(predicted.size(), 1));
}

NeuronList first_of(const NeuronList& order, Index size) {
  NeuronList neurons = choose_top(order, size);
  // Ascending neurons are read in the order of the file.
  std::sort(neurons.begin(), neurons.end());
  return neurons;
}

/// Tokens with the labels of the task and of its control.
struct Tasks {
  const SetTokens& train;
  const SetTokens& eval;
  std::vector<int> control_train, control_eval;  ///< empty where every token is of one word type

  Tasks(const SetTokens& train_tokens, const SetTokens& eval_tokens, const SetStudyOptions& options)
      : train(train_tokens), eval(eval_tokens) {
    ControlTask control(train.y, {.num_classes = options.fit.num_classes, .seed = options.seed});
    control_train = control.label(train.words);
    control_eval = control.label(eval.words);
    // Of whole sentences, say, there are no words to tell apart.
    if (std::adjacent_find(control_train.begin(), control_train.end(), std::not_equal_to<>()) ==
        control_train.end())
      control_train.clear();
  }
};

double accuracy_on(const MatrixRows& train, const MatrixRows& eval, std::span<const int> train_y,
                   std::span<const int> eval_y, const LogisticOptions& options) {
  return share_right(eval_y, predict_classes(eval, fit_logistic(train, train_y, options)));
}

double task_accuracy(const Tasks& tasks, const NeuronList& neurons, const LogisticOptions& options) {
  return accuracy_on(MatrixRows(tasks.train.load(neurons)), MatrixRows(tasks.eval.load(neurons)),
                     tasks.train.y, tasks.eval.y, options);
}

SetResult result_of_size(const Tasks& tasks, const NeuronList& order, Index num_neurons, Index size,
                         const SetStudyOptions& options) {
  SetResult result;
  result.size = size;
  const NeuronList neurons = first_of(order, size);
  const MatrixRows train(tasks.train.load(neurons)), eval(tasks.eval.load(neurons));
  result.accuracy = accuracy_on(train, eval, tasks.train.y, tasks.eval.y, options.fit);
  if (!tasks.control_train.empty())
    result.control = accuracy_on(train, eval, tasks.control_train, tasks.control_eval, options.fit);
  result.random_low = options.draws > 0 ? 1 : 0;
  for (int draw = 0; draw < options.draws; ++draw) {
    const std::uint64_t seed =
        Random::mix(options.seed + static_cast<std::uint64_t>(size)) + static_cast<std::uint64_t>(draw);
    const double random = task_accuracy(tasks, choose_random(size, num_neurons, seed), options.fit);
    result.random += random / options.draws;
    result.random_low = std::min(result.random_low, random);
    result.random_high = std::max(result.random_high, random);
  }
  return result;
}

/// Fewest neurons with at least `wanted` accuracy, between sizes low (too few) and high (enough).
void find_smallest(SetStudy& study, const Tasks& tasks, const NeuronList& order, double wanted,
                   const LogisticOptions& fit) {
  Index low = 0, high = 0;
  for (const SetResult& set : study.sets) {
    if (set.accuracy >= wanted) {
      high = set.size;
      study.smallest_accuracy = set.accuracy;
      break;
    }
    low = set.size;
  }
  if (high == 0) return;
  while (high - low > 1) {
    const Index middle = low + (high - low) / 2;
    const double accuracy = task_accuracy(tasks, first_of(order, middle), fit);
    if (accuracy >= wanted) {
      high = middle;
      study.smallest_accuracy = accuracy;
    } else {
      low = middle;
    }
  }
  study.smallest = high;
}

}  // namespace

SetStudy study_sets(const NeuronList& order, Index num_neurons, const SetTokens& train, const SetTokens& eval,
                    const SetStudyOptions& options) {
  if (options.sizes.empty()) throw usage_error("no size of sets is given");
  if (options.draws < 0) throw usage_error("{} random sets: at least 0 are needed", options.draws);
  if (!(options.keep > 0 && options.keep <= 1))
    throw usage_error("the share of accuracy to keep is {}: it must lie in (0, 1]", options.keep);
  SetStudy study;
  const Tasks tasks(train, eval, options);
  study.majority =
      share_right(eval.y, std::vector<int>(eval.y.size(), majority_class(train.y, options.fit.num_classes)));
  study.lookup =
      share_right(eval.y, predict_by_lookup({train.words, train.y, options.fit.num_classes}, eval.words));
  if (options.progress != nullptr)
    options.progress->stage("sets", static_cast<std::int64_t>(options.sizes.size()), "sizes");
  for (const Index size : options.sizes) {
    if (size > static_cast<Index>(order.size())) break;
    study.sets.push_back(result_of_size(tasks, order, num_neurons, size, options));
    if (options.progress != nullptr)
      options.progress->advance_to(static_cast<std::int64_t>(study.sets.size()));
  }
  if (!options.smallest) return study;
  NeuronList everything(static_cast<std::size_t>(num_neurons));
  std::iota(everything.begin(), everything.end(), Index{0});
  study.all = task_accuracy(tasks, everything, options.fit);
  find_smallest(study, tasks, order, options.keep * *study.all, options.fit);
  return study;
}

}  // namespace neurox
