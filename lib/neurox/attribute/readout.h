#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/neurons.h"
#include "neurox/model/model.h"

namespace neurox::attribute {

/// Sites whose columns are the residual stream's own, or are added to it as they are.
bool of_stream(SiteKind kind);

enum class HeadKind { Vocabulary, Sequence, Token };

/// @throws Error{Usage}, in the name of `who`, when a hidden layer stands between the last block and the
/// logits (BERT's pooler and masked-LM transform): then no direction of the stream belongs to a logit
void check_linear_head(const model::Model& model, HeadKind head, const char* who);

/// The linear head that reads the stream: a vocabulary, or classes.
struct Readout {
  HeadKind kind = HeadKind::Vocabulary;
  torch::Tensor weight;  ///< #outputs x width
};
/// The language model's, else the token classifier's, else the sequence classifier's head, else the answer
/// span's (two rows: start, end).
/// @throws Error{Usage} for a model without a head, and for a head with a hidden layer
Readout linear_readout(const model::Model& model, const char* who);

/// What a neuron writes into the stream per unit of its activation, as a linear head reads it: #neurons x
/// width.
///
///     mlp_post:j   column j of W_down        attn_z:j   column j of W_O
///     attn_out, mlp_out, resid_pre, resid_mid, resid_post, final_norm:j   the unit vector j
///     of a decoder that attends to an encoder, cross_z and cross_out likewise
///
/// and then through every norm on the way to the head: w (v - mean(v)) for LayerNorm, w v for RMSNorm. Their
/// scales, which depend on the text, are left out: one positive factor for a neuron in a text.
/// @throws Error{Usage} for a site that writes nothing into the stream, and for an encoder below a decoder
torch::Tensor written_directions(const model::Model& model, const NeuronAxis& neurons);

struct Promotion {
  torch::Tensor promoted, promoted_ids;      ///< #neurons x k, largest first: change of logit, and which
  torch::Tensor suppressed, suppressed_ids;  ///< #neurons x k, most negative first
};
/// The outputs that neurons raise and lower most. Ties go to the smaller id.
///
/// Cost: O(neurons * outputs * width) time, 64 neurons' logits of memory.
/// @param k  at most as many as the head has outputs (else all)
/// Source: Geva et al. 2022, who leave the final norm out; ours folds its weight in.
Promotion promotion(const Readout& readout, const torch::Tensor& directions, std::int64_t k);

}  // namespace neurox::attribute
