#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>

#include "neurox/model/model.h"

namespace neurox::model {

/// Whether `last_block_at` computes this model's last block: no sentence beyond a sliding window, no
/// caps, no extra norms.
bool suits_last_block_at(const Model& model, std::int64_t length);

/// What `forward` returns at one position of each sentence, from what the last block receives: keys and
/// values are those of the whole sentence, everything behind them is computed at that position alone. Equals
/// the rows of `forward_from(last block, ...)` up to rounding. Hooks are not called; no gradients are meant.
///
/// @param resid_pre  #tokens x width, of the last block, sentence after sentence
/// @param lengths, positions  per sentence; where neighbours are equally long they go together
/// @return #sentences x width
/// @throws Error{Usage} for a TorchScript file (it has no blocks), a model that does not suit and a position
/// that is not there
torch::Tensor last_block_at(const Model& model, const torch::Tensor& resid_pre,
                            std::span<const std::int64_t> lengths, std::span<const std::int64_t> positions);

/// The same of sentences of one length, at one position.
torch::Tensor last_block_at(const Model& model, const torch::Tensor& resid_pre, std::int64_t length,
                            std::int64_t position);

}  // namespace neurox::model
