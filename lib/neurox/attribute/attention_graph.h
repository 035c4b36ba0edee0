#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/attribute/methods.h"

namespace neurox::attribute {

/// Attention as it passes information between neighbouring layers: heads averaged, and half of what a
/// position holds comes from itself by way of the residual stream, .5 A + .5 I. Rows sum to 1. A position
/// that does not attend in a layer (a row of zeros) stays as it is.
/// @param probabilities  per layer: #heads x #tokens x #tokens
std::vector<torch::Tensor> layer_graph(std::span<const torch::Tensor> probabilities);

/// Rollout: the product of the layers, last block first. Entry (i, j): the share of position j's input in
/// position i; rows sum to 1.
/// @param layers  per block, first block first, each #tokens x #tokens
torch::Tensor attention_rollout(std::span<const torch::Tensor> layers);

/// Flow: the most that can pass from each input to position `to` of the last layer when every edge of the
/// layered graph carries at most its weight. #tokens.
///
/// Each input is the only source of its own flow, so that flows do not sum to anything; none is above 1.
/// Cost: a maximum flow (Dinic) for each token, over blocks x tokens^2 edges.
/// @throws Error{Usage} for a position that is not there
std::vector<double> attention_flow(std::span<const torch::Tensor> layers, std::int64_t to);

/// Positions of a target at the layer that it reads, and the attention that comes before: of an encoder with
/// a decoder the encoder's, and of each decoder block its own and then the one across.
struct TargetPlace {
  std::vector<std::int64_t> positions;
  std::vector<Site> patterns;
};
TargetPlace place_of(const SentenceFunction& f);

/// Rows' shares in the target's position (the mean over its positions where it has several), by rollout, and
/// by flow divided by its sum; a row's share is the sum over its pieces, the rows' sum is 1. Uses no gradient
/// and not the head: the same for every class.
/// Source: Abnar & Zuidema, ACL 2020.
RowAttribution rollout_of_rows(const Example& example, const MethodOptions& options);
RowAttribution flow_of_rows(const Example& example, const MethodOptions& options);

}  // namespace neurox::attribute
