#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

namespace neurox::model {

class KeyValueCache;

/// Neighbouring sentences of one length inside a batch: what attention computes in one piece.
struct Run {
  std::int64_t first_sentence;
  std::int64_t sentences;
  std::int64_t length;       ///< tokens of each sentence
  std::int64_t first_token;  ///< row of the first sentence's first token
};

/// Sentences laid one after the other, with no padding anywhere. Sorting sentences by length makes runs long
/// and attention fast; the results do not depend on it.
struct Batch {
  torch::Tensor ids;                  ///< #tokens int64
  torch::Tensor type_ids;             ///< #tokens int64, or undefined: all 0
  std::vector<std::int64_t> lengths;  ///< tokens of each sentence, each >= 1
  /// What the sentences go on behind, and leave their keys and values in; nullptr: nothing.
  KeyValueCache* cache = nullptr;

  /// Sentences given as lists of ids.
  static Batch of(std::span<const std::vector<std::int64_t>> sentences);
  static Batch of(std::initializer_list<std::vector<std::int64_t>> sentences);

  std::int64_t tokens() const;
  std::int64_t sentences() const { return static_cast<std::int64_t>(lengths.size()); }
  /// Row of each sentence's first token, and #tokens at the end: #sentences + 1 numbers.
  std::vector<std::int64_t> offsets() const;
  /// In the order of the sentences.
  std::vector<Run> runs() const;
};

}  // namespace neurox::model
