#pragma once

#include <torch/types.h>

#include <memory>
#include <string>

#include "neurox/model/config.h"
#include "neurox/model/layers.h"
#include "neurox/model/weights.h"

namespace neurox::model {

/// What relative positions (and segments) add to the scores of one block, before the softmax.
class RelativeScores {
 public:
  /// Sentences of one length: q and k #sentences x heads x length x head_width; types #sentences x length,
  /// undefined when there are none.
  struct Sentences {
    torch::Tensor q, k, types;
  };
  RelativeScores() = default;
  RelativeScores(const RelativeScores&) = delete;
  RelativeScores& operator=(const RelativeScores&) = delete;
  virtual ~RelativeScores() = default;
  /// #sentences x heads x queries x keys
  virtual torch::Tensor operator()(const Sentences& sentences) const = 0;
  /// Where only positions count: what is added for one query of each sentence, at `positions` (#sentences
  /// int64), and the keys 0, 1, ...: #sentences x heads x 1 x keys. Undefined where queries and keys count
  /// too.
  virtual torch::Tensor at(const torch::Tensor& positions, std::int64_t keys) const;
  virtual bool has_steps() const { return false; }
};

/// XLNet (Yang et al. 2019, after Transformer-XL):
///
///     added(i, j) = scale (u k_j + (q_i + v) R(i - j) + (q_i + s) E[same segment or not])
///
/// with R the projected sines and cosines of the distance. Without types the last term is left out.
std::shared_ptr<const RelativeScores> xlnet_scores(const ModelConfig& config, Weights& weights,
                                                   const std::string& scope, int block);

/// DeBERTa's disentangled attention (He et al. 2021):
///
///     added(i, j) = scale (q_i PK[b(i - j)] + k_j PQ[b(i - j)])
///
/// with PK, PQ projections of one table of relative positions, whose distances beyond half the buckets are on
/// a logarithmic scale; either term where `pos_att_type` names it.
///
/// @param table  2 span x width
struct DebertaPositions {
  torch::Tensor table;
  static DebertaPositions load(const ModelConfig& config, Weights& weights);
};
std::shared_ptr<const RelativeScores> deberta_scores(const ModelConfig& config, Weights& weights,
                                                     const std::string& scope,
                                                     const DebertaPositions& positions, const Linear& q,
                                                     const Linear& k);

/// T5 (Raffel et al. 2020): added(i, j) = table[bucket(j - i)] of the head. An encoder's buckets tell before
/// from behind; distances from half of a side's buckets on are on a logarithmic scale. Block 0 has the table,
/// for all blocks of the stack.
///
/// @param scope  of block 0
std::shared_ptr<const RelativeScores> t5_scores(const ModelConfig& config, Weights& weights,
                                                const std::string& scope);

}  // namespace neurox::model
