#include "neurox/probe/baselines.h"

#include <algorithm>
#include <cstdint>

#include "neurox/core/error.h"

namespace neurox {
namespace {

int most_frequent(const std::int64_t* counts, int num_classes) {
  return static_cast<int>(std::max_element(counts, counts + num_classes) - counts);
}

void check_label(int label, std::size_t i, int num_classes) {
  if (label < 0 || label >= num_classes)
    throw input_error("label of token {} is {}: expected 0 to {}", i, label, num_classes - 1);
}

}  // namespace

int majority_class(std::span<const int> y, int num_classes) {
  if (y.empty()) throw input_error("no training tokens");
  std::vector<std::int64_t> counts(static_cast<std::size_t>(num_classes), 0);
  for (std::size_t i = 0; i < y.size(); ++i) {
    check_label(y[i], i, num_classes);
    ++counts[static_cast<std::size_t>(y[i])];
  }
  return most_frequent(counts.data(), num_classes);
}

std::vector<int> predict_by_lookup(const TagLookup& training, std::span<const int> words) {
  const auto [train_words, y, num_classes] = training;
  if (train_words.size() != y.size())
    throw input_error("{} training words but {} labels", train_words.size(), y.size());
  const int majority = majority_class(y, num_classes);
  const auto K = static_cast<std::size_t>(num_classes);
  std::size_t types = 0;
  for (std::size_t i = 0; i < train_words.size(); ++i) {
    if (train_words[i] < 0)
      throw input_error("word type of training token {} is {}: expected >= 0", i, train_words[i]);
    types = std::max(types, static_cast<std::size_t>(train_words[i]) + 1);
  }
  std::vector<std::int64_t> counts(types * K, 0);
  for (std::size_t i = 0; i < y.size(); ++i)
    ++counts[static_cast<std::size_t>(train_words[i]) * K + static_cast<std::size_t>(y[i])];
  std::vector<int> tag(types, majority);
  for (std::size_t w = 0; w < types; ++w) {
    const std::int64_t* of_word = &counts[w * K];
    if (std::any_of(of_word, of_word + K, [](std::int64_t c) { return c > 0; }))
      tag[w] = most_frequent(of_word, num_classes);
  }
  std::vector<int> predicted;
  predicted.reserve(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] < 0) throw input_error("word type of token {} is {}: expected >= 0", i, words[i]);
    const auto w = static_cast<std::size_t>(words[i]);
    predicted.push_back(w < types ? tag[w] : majority);
  }
  return predicted;
}

}  // namespace neurox
