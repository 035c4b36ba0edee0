#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "neurox/model/batch.h"
#include "neurox/model/hooks.h"

namespace neurox::model {

struct AttentionSettings {
  std::int64_t heads;
  std::int64_t kv_heads;  ///< each is shared by heads / kv_heads queries next to each other
  double scale;           ///< of the scores
  bool causal;
  std::int64_t window = 0;  ///< keys that a query sees, itself the last (causal); 0: all
  double score_cap = 0;     ///< scores become cap tanh(score / cap); 0: no cap
  /// What is added to the scores of a run: from q and k by head, #sentences x heads x length x head_width.
  std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&, const Run&)> added = nullptr;
  /// The same where a cache goes on: for one query of each sentence at these positions and so many keys,
  /// #sentences x heads x 1 x keys. Needed beside `added` there.
  std::function<torch::Tensor(const torch::Tensor&, std::int64_t)> added_in_step = nullptr;
};

/// Attention within each sentence: softmax(scale q k^T) v per head, heads side by side in the result. What
/// `settings` says of windows and caps is done to the scores before the softmax.
///
/// @param q     #tokens x heads*head_width, already turned where positions are rotary
/// @param k, v  #tokens x kv_heads*head_width
/// @param runs  of the batch: each is computed in one piece
/// @return #tokens x heads*head_width
///
/// The pattern passes AttnPattern's hooks of `block`, once per run; when nobody listens and no gradient is
/// wanted, it is never written out.
torch::Tensor attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                     const std::vector<Run>& runs, const AttentionSettings& settings, const Hooks& hooks,
                     int block);

/// Only the pattern of `attend`, for its listeners.
void attend_pattern(const torch::Tensor& q, const torch::Tensor& k, const std::vector<Run>& runs,
                    const AttentionSettings& settings, const Hooks& hooks, int block);

}  // namespace neurox::model
