#pragma once

#include <torch/types.h>

#include "neurox/model/batch.h"
#include "neurox/model/model.h"

namespace neurox::model {

/// Log-likelihood of each token given those before it in its sentence.
///
///     out(i) = logits(i-1)[id(i)] - log sum_v exp(logits(i-1)[v])
///
/// @param hidden  #tokens x width, what `forward` returned for `batch`
/// @return #tokens float64 on the CPU, <= 0; 0 where nothing predicts it (predicted_tokens), so
///         that sums over a sentence are its log-likelihood (of length - 1 tokens)
/// @throws Error{Usage} when the model is no causal language model
///
/// Natural logarithm. Works through the rows in blocks, so that no more than about 64 MB of logits live at a
/// time; differentiable, but then all logits stay.
torch::Tensor token_log_likelihoods(const Model& model, const torch::Tensor& hidden, const Batch& batch);

/// Which tokens something predicts: all but each sentence's first; of an encoder with a decoder the target's
/// but for the token that the decoder begins with. #tokens bool on the CPU
torch::Tensor predicted_tokens(const Model& model, const Batch& batch);

/// Their sums by sentence: #sentences float64.
torch::Tensor sentence_log_likelihoods(const Model& model, const torch::Tensor& hidden, const Batch& batch);

}  // namespace neurox::model
