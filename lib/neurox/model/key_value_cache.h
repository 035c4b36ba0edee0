#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "neurox/model/attention.h"
#include "neurox/model/config.h"
#include "neurox/model/hooks.h"

namespace neurox::model {

/// Keys and values of the tokens that went through a causal model before: a batch that names a cache
/// (Batch::cache) goes on behind them, sentence by sentence, and leaves its own there.
///
/// Edits of the earlier tokens stay in what is kept. Its memory grows as tokens come.
class KeyValueCache {
 public:
  /// For sentences that are all empty.
  /// @throws Error{Usage} unless the model is causal
  KeyValueCache(const ModelConfig& config, std::int64_t sentences);

  std::int64_t sentences() const { return static_cast<std::int64_t>(lengths_.size()); }
  /// Tokens of a sentence so far: its source (of an encoder and a decoder) and those before.
  std::int64_t length(std::int64_t sentence) const {
    return before(sentence) + (has_sources() ? sources_[static_cast<std::size_t>(sentence)] : 0);
  }
  /// Tokens whose keys and values of this stack are kept.
  std::int64_t before(std::int64_t sentence) const { return lengths_[static_cast<std::size_t>(sentence)]; }

  /// Attention of new tokens over themselves and all before them; keeps their keys and values.
  /// @param q, k, v  as `attend` takes them, #tokens x heads*head_width
  /// @param lengths  new tokens of each sentence
  torch::Tensor attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                       const std::vector<Run>& runs, std::span<const std::int64_t> lengths,
                       const AttentionSettings& settings, const Hooks& hooks, int block);
  /// Whether the sources' keys and values are kept: the encoder then need not run again.
  bool has_sources() const { return !sources_.empty(); }
  const std::vector<std::int64_t>& sources() const { return sources_; }
  /// @param keys, values  of cross attention, #source tokens x heads*head_width
  void keep_cross(int block, torch::Tensor keys, torch::Tensor values);
  std::pair<torch::Tensor, torch::Tensor> cross(int block) const;
  /// When all blocks have kept theirs: tokens of each source.
  void keep_sources(std::vector<std::int64_t> lengths) { sources_ = std::move(lengths); }

  /// After the last block: the new tokens count as earlier ones.
  void advance(std::span<const std::int64_t> lengths);

  /// What a recurrent network keeps of the sentences, each #sentences x width; empty before the first pass.
  std::vector<torch::Tensor>& states() { return states_; }

  /// Goes on with these sentences alone, in this order, each any number of times.
  void select(std::span<const std::int64_t> sentences);

 private:
  struct Kept {
    torch::Tensor keys, values;  ///< #sentences x kv_heads x room x head_width
  };
  void make_room(Kept& kept, std::int64_t tokens, const torch::Tensor& like);
  torch::Tensor attend_step(const Kept& kept, const torch::Tensor& q, const AttentionSettings& settings,
                            const Hooks& hooks, int block) const;

  std::int64_t kv_heads_, head_width_;
  std::vector<Kept> blocks_, cross_;  ///< cross: #source tokens x heads*head_width
  std::vector<torch::Tensor> states_;
  std::vector<std::int64_t> lengths_, sources_;
};

}  // namespace neurox::model
