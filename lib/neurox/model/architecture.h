#pragma once

#include <span>
#include <string_view>

namespace neurox::model {

enum class NormKind { LayerNorm, RmsNorm };
enum class PositionKind { Learned, Rotary };
/// How a linear layer's weight is stored; InOut is GPT-2's Conv1D.
enum class LinearLayout { OutIn, InOut };

/// One family of models: a row of the one table that maps model_type to names of weights and to the switches
/// of the shared Transformer. Parameters keep the names they have in the checkpoint.
struct Architecture {
  /// Where config.json keeps a number; an empty key means that the family has none.
  struct Keys {
    std::string_view width, mlp_width, blocks, heads, kv_heads, max_positions, types, norm_eps, activation;
  };

  /// Layers without the family's prefix, `.weight` and `.bias`; an empty name means that there is none.
  struct Names {
    std::string_view words, positions, types, embedding_norm;
    std::string_view block;  ///< prefix of the layers below, up to final_norm; {l} is the block's number
    std::string_view qkv;    ///< the three in one; else q, k and v
    std::string_view q, k, v, attention_out, attention_norm;
    std::string_view mlp_gate, mlp_up, mlp_down, mlp_norm;
    std::string_view final_norm;
  };

  /// Heads by their full names (the pooler's without the prefix).
  struct HeadNames {
    std::string_view pooler;  ///< dense and tanh on the first token, before the sequence classifier
    std::string_view sequence_dense, sequence_activation, sequence_out;
    std::string_view token_out;
    std::string_view span_out;  ///< question answering
    std::string_view lm_dense, lm_norm, lm_bias, lm_out;
  };

  std::string_view model_type;
  std::string_view prefix;  ///< `bert.`; a checkpoint may leave it out
  Keys keys;
  Names names;
  HeadNames heads;
  std::span<const std::string_view> ignored;  ///< endings of tensors that are no weights of ours

  NormKind norm = NormKind::LayerNorm;
  bool norm_first = false;
  PositionKind positions = PositionKind::Learned;
  bool positions_after_pad = false;  ///< RoBERTa: the first position is pad_token_id + 1
  bool causal = false;               ///< and the sequence classifier reads the last token, not the first
  LinearLayout layout = LinearLayout::OutIn;

  // What holds when config.json does not say.
  bool tied = true;
  bool attention_bias = true, output_bias = true, mlp_bias = true;  ///< on q, k, v; on W_O; on the MLP
  double norm_eps = 1e-12;
  std::string_view activation = "gelu";

  bool gated() const { return !names.mlp_gate.empty(); }
};

/// The table.
std::span<const Architecture> architectures();

}  // namespace neurox::model
