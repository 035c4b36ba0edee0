#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/model/attention.h"
#include "neurox/model/hooks.h"

namespace neurox::model {

/// Neighbouring sentences with as many target tokens and as many source tokens each.
struct CrossRun {
  std::int64_t sentences, queries, keys;
  std::int64_t first_query, first_key;  ///< rows
};

/// @param targets, sources  tokens of each sentence
std::vector<CrossRun> cross_runs(std::span<const std::int64_t> targets,
                                 std::span<const std::int64_t> sources);

/// The result of an encoder, as a decoder reads it.
struct EncoderStates {
  torch::Tensor states;  ///< #source tokens x width
  std::vector<std::int64_t> lengths;
};

/// Attention of each target token to all tokens of its source: softmax(scale q k^T) v per head.
///
/// @param q     #target tokens x heads*head_width
/// @param k, v  #source tokens x heads*head_width
/// @return #target tokens x heads*head_width
///
/// The pattern passes CrossPattern's hooks of `block` once per run, #sentences x heads x targets x sources.
torch::Tensor attend_across(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                            const std::vector<CrossRun>& runs, const AttentionSettings& settings,
                            const Hooks& hooks, int block);

}  // namespace neurox::model
