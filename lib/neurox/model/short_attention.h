#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>

#include "neurox/model/attention.h"
#include "neurox/model/batch.h"

namespace neurox::model {

/// Whether `attend_short` takes these: float32 on the CPU without gradients, sentences of at most 512 tokens.
bool suits_short_attention(const torch::Tensor& q, std::int64_t longest);

/// softmax(scale q k^T) v per sentence and head, for sentences so short that the calls of a general kernel
/// cost more than its products. The same sentence gives the same numbers in whatever batch.
///
/// @param q     #tokens x heads*head_width
/// @param k, v  #tokens x kv_heads*head_width
/// @return #tokens x heads*head_width
torch::Tensor attend_short(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                           std::span<const Run> runs, const AttentionSettings& settings);

}  // namespace neurox::model
