#include "neurox/probe/control_task.h"

#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/core/random.h"

namespace neurox {

ControlTask::ControlTask(std::span<const int> train_y, const ControlOptions& options)
    : random_(options.seed) {
  if (train_y.empty()) throw input_error("no training labels to draw control labels from");
  cumulative_.assign(static_cast<std::size_t>(options.num_classes), 0);
  for (std::size_t i = 0; i < train_y.size(); ++i) {
    if (train_y[i] < 0 || train_y[i] >= options.num_classes)
      throw input_error("label of token {} is {}: expected 0 to {}", i, train_y[i], options.num_classes - 1);
    ++cumulative_[static_cast<std::size_t>(train_y[i])];
  }
  if (options.distribution == ControlDistribution::Uniform)
    std::fill(cumulative_.begin(), cumulative_.end(), 1);
  for (std::size_t k = 1; k < cumulative_.size(); ++k) cumulative_[k] += cumulative_[k - 1];
}

int ControlTask::draw() {
  const auto r = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(cumulative_.back())));
  return static_cast<int>(std::upper_bound(cumulative_.begin(), cumulative_.end(), r) - cumulative_.begin());
}

std::vector<int> ControlTask::label(std::span<const int> words) {
  std::vector<int> labels;
  labels.reserve(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] < 0) throw input_error("word type of token {} is {}: expected >= 0", i, words[i]);
    auto [at, is_new] = labels_.try_emplace(words[i], 0);
    if (is_new) at->second = draw();
    labels.push_back(at->second);
  }
  return labels;
}

void ControlTask::assign(int word, int label) {
  if (label < 0 || label >= static_cast<int>(cumulative_.size()))
    throw input_error("control label of word type {} is {}: expected 0 to {}", word, label,
                      cumulative_.size() - 1);
  labels_[word] = label;
}

}  // namespace neurox
