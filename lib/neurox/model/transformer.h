#pragma once

#include <torch/types.h>

#include <memory>
#include <optional>
#include <vector>

#include "neurox/core/neurons.h"
#include "neurox/core/site.h"
#include "neurox/model/activation.h"
#include "neurox/model/batch.h"
#include "neurox/model/config.h"
#include "neurox/model/cross_attention.h"
#include "neurox/model/hooks.h"
#include "neurox/model/layers.h"
#include "neurox/model/relative_attention.h"

namespace neurox::model {

/// The layers of one block; mlp_gate is empty where the MLP is not gated, and either qkv or q, k and v are.
struct BlockLayers {
  Linear qkv, q, k, v, attention_out;
  Norm attention_norm;
  Linear mlp_gate, mlp_up, mlp_down;
  Norm mlp_norm;
  Norm q_norm, k_norm;                             ///< over each head; empty but for Qwen 3 and Gemma 3
  Norm attention_post_norm, mlp_post_norm;         ///< of what is added; empty but for Gemma 2 and 3
  std::shared_ptr<const RelativeScores> relative;  ///< nullptr but for XLNet, DeBERTa and T5
  Linear cross_q, cross_k, cross_v, cross_out;     ///< of a decoder that attends to an encoder
  Norm cross_norm;
  torch::Tensor rotary_divisors;  ///< of frequencies (rotary.h), every block's; undefined but for GGUF files
};

/// The one Transformer of every family: embeddings, blocks, final norm, on the packed layout. What differs
/// between families is a switch of its configuration.
///
///     norm first:  mid = pre + attention(norm(pre)),    post = mid + mlp(norm(mid))
///     norm last:   mid = norm(pre + attention(pre)),    post = norm(mid + mlp(mid))
///     parallel:    mid = pre + attention(norm(pre)),    post = mid + mlp(norm'(pre))
///     mlp(x) = down(act(up(x))),  gated: down(act(gate(x)) * up(x))
/// A decoder that attends to an encoder does so between the two: mid' = mid + cross(norm(mid)), post = mid' +
/// mlp(norm(mid')), with norms last likewise.
/// Gemma 2 and 3 norm what attention and MLP return before it is added.
class Transformer {
 public:
  /// Takes its tensors; what is missing is for Weights::finish to report.
  Transformer(const ModelConfig& config, Weights& weights);

  const torch::Tensor& word_embeddings() const { return words_; }
  /// #tokens x embedding_width
  torch::Tensor embed_words(const Batch& batch) const;
  /// Adds positions, token types and their norm: what block 0 receives.
  torch::Tensor embed(const torch::Tensor& words, const Batch& batch) const;
  /// From what `first_block` receives to the end, or to `stop_after`.
  /// @param source  what a decoder attends to; nullptr where there is none, or where the batch's cache has it
  torch::Tensor run(torch::Tensor resid, int first_block, const Batch& batch, const Hooks& hooks,
                    std::optional<Site> stop_after, const EncoderStates* source = nullptr) const;
  /// Every site in the order of computation.
  /// @param stack  which of two it is
  std::vector<SiteColumns> sites(Stack stack = Stack::Only) const;
  /// Takes another's final norm and blocks from `first_block` on for its own; -1: the embeddings too.
  void take_layers(const Transformer& other, int first_block);
  bool has_cross_attention() const { return !config_.architecture->names.cross_q.empty(); }
  bool has_final_norm() const { return static_cast<bool>(final_norm_); }
  const BlockLayers& layers(int block) const { return blocks_[static_cast<std::size_t>(block)]; }
  const Norm& final_norm() const { return final_norm_; }

 private:
  struct Pass;
  BlockLayers load_block(Weights& weights, int block) const;
  torch::Tensor positions(const Batch& batch) const;
  using Rotation = std::optional<std::pair<torch::Tensor, torch::Tensor>>;
  Rotation rotation(const RotaryConfig& rotary, const torch::Tensor& divisors, const Batch& batch,
                    const torch::TensorOptions& options) const;
  torch::Tensor attention(Pass& pass, int l, const torch::Tensor& x) const;
  torch::Tensor cross_attention(Pass& pass, int l, const torch::Tensor& x) const;
  torch::Tensor mlp(Pass& pass, int l, const torch::Tensor& x) const;
  torch::Tensor block(Pass& pass, int l, torch::Tensor x) const;

  const ModelConfig& config_;
  Activation activation_;
  torch::Tensor words_, positions_, types_;
  Norm embedding_norm_;
  Linear embedding_projection_;
  DebertaPositions deberta_;  ///< while loading
  std::vector<BlockLayers> blocks_;
  Norm final_norm_;
};

}  // namespace neurox::model
