#pragma once

#include <torch/types.h>

#include <vector>

#include "neurox/attribute/methods.h"
#include "neurox/attribute/players.h"
#include "neurox/attribute/split.h"
#include "neurox/model/native_network.h"

namespace neurox::attribute {

/// How much of a sentence's target comes from a part of its embeddings: the part goes through the Transformer
/// beside the rest, layer by layer (split.h), to the logit; through recurrent and convolutional networks
/// likewise (network_decomposition.h).
///
/// Attention is held: its probabilities are those of the whole sentence, for the part and for the rest, and
/// so are the scales of the norms. Embeddings are what block 0 receives of a token: word, position and type,
/// and the norm over them where there is one; of an encoder with a decoder what the two block 0 receive; of
/// networks the word's vector.
///
/// `f` must outlive it.
class Decomposition {
 public:
  /// @throws Error{Usage} for a TorchScript file, and for a target that is no logit
  Decomposition(const SentenceFunction& f, SplitRules rules);

  /// #tokens x width
  const torch::Tensor& embeddings() const { return embeddings_; }
  /// The target's logit, of the sentence as it is.
  double value() const { return value_; }
  /// The parts' shares in it, #parts; differentiable.
  /// @param parts  #parts x #tokens x width
  torch::Tensor shares(const torch::Tensor& parts) const;

 private:
  /// The blocks of a model, of its encoder or of its decoder, with the probabilities that are held.
  struct Blocks {
    const model::ModelConfig& config;
    bool in_encoder = false;
    std::vector<torch::Tensor> patterns, cross;  ///< per block, 1 x heads x queries x keys
  };
  Split through(const Blocks& blocks, Split x, const Split* source) const;
  Split block(const Blocks& blocks, int l, const Split& x, const Split* source) const;
  Split mlp(const Blocks& blocks, const model::BlockLayers& layers, const Split& x) const;
  Split hidden(const Split& x) const;
  torch::Tensor logit(const Split& hidden) const;
  torch::Tensor network_logit(const Split& x) const;

  const SentenceFunction& f_;
  const model::NativeNetwork* network_ = nullptr;
  SplitRules rules_;
  torch::Tensor embeddings_;
  std::vector<Blocks> stacks_;      ///< one, or encoder and decoder
  std::int64_t source_tokens_ = 0;  ///< in front, of an encoder with a decoder
  double value_ = 0;
};

/// v(S) = share of the words of S by contextual decomposition: activations by Shapley values, biases by size.
/// v(nobody) is 0; v(S) + v(everything else, special tokens too) is the logit.
/// Source: Murdoch, Liu & Yu, ICLR 2018; biases: Singh, Murdoch & Yu, ICLR 2019.
SetFunction decomposed_words(const SentenceFunction& f, const Players& players);

/// Each word's share alone. Promises no sum.
RowAttribution decomposition_of_rows(const Example& example, const MethodOptions& options);

/// Layer-wise relevance propagation with attention and the norms' scales held, and activations by a(x)/x:
/// what is left is affine in the embeddings, and relevance is embedding x its slope (LRP-0), #tokens x width.
///
/// `baseline` is what the biases give alone, in the same affine network, and relevances sum to f(x) less
/// that; `delta` is what is left over, from two passes of their own.
/// Source: Ali et al., ICML 2022 (attention, norms); Achtibat et al., ICML 2024 (a(x)/x, products by halves).
InputAttribution relevance(const SentenceFunction& f);
RowAttribution relevance_of_rows(const Example& example, const MethodOptions& options);

}  // namespace neurox::attribute
