#pragma once

#include <torch/types.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace neurox::model {

/// The order in which a recurrent layer meets the tokens of many sentences: first words of all sentences, the
/// longest sentence first, then second words, ...; no padding anywhere. Backwards, last words first.
class PackedOrder {
 public:
  /// @param lengths  tokens of each sentence, each >= 1
  PackedOrder(const std::vector<std::int64_t>& lengths, bool backwards, torch::Device device);

  std::int64_t steps() const { return static_cast<std::int64_t>(sizes_.size()); }
  std::int64_t tokens() const { return to_.size(0); }
  /// Sentences that still have a token in a step.
  std::int64_t size(std::int64_t step) const { return sizes_[static_cast<std::size_t>(step)]; }

  /// Rows of tokens, from the sentences' order to this one and back.
  torch::Tensor pack(const torch::Tensor& rows) const { return rows.index_select(0, to_); }
  torch::Tensor unpack(const torch::Tensor& packed) const { return packed.index_select(0, back_); }
  /// What stands in a step, of packed rows, and in the sentences' order where that is.
  torch::Tensor at(const torch::Tensor& packed, std::int64_t step) const {
    return packed.narrow(0, firsts_[static_cast<std::size_t>(step)], size(step));
  }
  torch::Tensor rows_at(std::int64_t step) const { return at(to_, step); }

  /// Rows of sentences, from the batch's order to longest first and back.
  torch::Tensor pack_sentences(const torch::Tensor& x) const { return x.index_select(0, sentences_to_); }
  torch::Tensor unpack_sentences(const torch::Tensor& x) const { return x.index_select(0, sentences_back_); }

 private:
  std::vector<std::int64_t> sizes_, firsts_;
  torch::Tensor to_, back_, sentences_to_, sentences_back_;
};

}  // namespace neurox::model
