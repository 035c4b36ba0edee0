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
  torch::Tensor ids;  ///< #tokens int64
  /// #tokens int64, or undefined: all 0. Of an encoder and a decoder 0 is the source, that the encoder reads,
  /// and 1 the target behind it, that the decoder reads, in each sentence.
  torch::Tensor type_ids;
  std::vector<std::int64_t> lengths;  ///< tokens of each sentence, each >= 1
  /// What the sentences go on behind, and leave their keys and values in; nullptr: nothing.
  KeyValueCache* cache = nullptr;

  /// Sentences given as lists of ids.
  static Batch of(std::span<const std::vector<std::int64_t>> sentences);
  static Batch of(std::initializer_list<std::vector<std::int64_t>> sentences);

  /// Says of each sentence that its first tokens, so many, are the source and the rest the target.
  void mark_sources(std::span<const std::int64_t> sources);

  std::int64_t tokens() const;
  std::int64_t sentences() const { return static_cast<std::int64_t>(lengths.size()); }
  /// Row of each sentence's first token, and #tokens at the end: #sentences + 1 numbers.
  std::vector<std::int64_t> offsets() const;
  /// In the order of the sentences.
  std::vector<Run> runs() const;
};

}  // namespace neurox::model
