#pragma once

#include <span>
#include <vector>

namespace neurox {

/// The most frequent class of y, the lowest on ties.
/// @throws Error{Input} when y is empty or a label is out of range
int majority_class(std::span<const int> y, int num_classes);

/// Predictions of the most-frequent-tag-per-word baseline: for each word type its most frequent class in
/// training (the lowest on ties), for a type not seen there the majority class.
///
/// @param train_words  #train tokens word types, any non-negative ids shared with `words`
/// @param train_y      #train tokens labels in [0, num_classes)
/// @param words        #tokens word types to predict for
/// @throws Error{Input} when sizes differ, there are no training tokens, or a label or word is out of range
struct TagLookup {
  std::span<const int> train_words;
  std::span<const int> train_y;
  int num_classes = 0;
};
std::vector<int> predict_by_lookup(const TagLookup& training, std::span<const int> words);

}  // namespace neurox
