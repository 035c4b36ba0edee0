#pragma once

#include <span>
#include <string_view>

namespace neurox::model {

/// One family of models: a row of the one table that maps model_type to names of weights and to the switches
/// of the shared Transformer. Parameters keep the names they have in the checkpoint.
struct Architecture {
  enum class NormKind { LayerNorm, RmsNorm };
  enum class Positions { Learned, Rotary };
  enum class LinearLayout { OutIn, InOut };  ///< InOut: GPT-2's Conv1D stores the transpose

  /// Where config.json keeps a number; an empty key means the family has none.
  struct Keys {
    std::string_view width, mlp_width, blocks, heads, kv_heads, max_positions, types, norm_eps, activation;
  };
  /// Names without the family's prefix and, for layers, without `.weight` and `.bias`.
  struct Names {
    std::string_view words, positions, types, embedding_norm;
    std::string_view block;  ///< prefix of what follows, with {l} for the number of the block
    std::string_view qkv;    ///< the three in one; else q, k and v
    std::string_view q, k, v, attention_out, attention_norm;
    std::string_view mlp_gate, mlp_up, mlp_down, mlp_norm;
    std::string_view final_norm;
  };
  /// Heads by full name, empty where the family has none.
  struct Heads {
    std::string_view pooler;                      ///< dense + tanh on the first token, inside the prefix
    std::string_view sequence_dense;              ///< between the summary token and the classifier
    std::string_view sequence_activation;         ///< of sequence_dense
    std::string_view sequence_out;                ///< the sequence classifier
    std::string_view token_out;                   ///< the token classifier
    std::string_view span_out;                    ///< question answering
    std::string_view lm_dense, lm_norm, lm_bias;  ///< transform of a masked LM
    std::string_view lm_out;                      ///< vocabulary projection
  };

  std::string_view model_type;
  std::string_view
      prefix;  ///< `bert.`, before every name but those of heads; may be absent from a checkpoint
  NormKind norm;
  bool norm_first;
  Positions positions;
  bool position_offset_from_pad;  ///< RoBERTa: the first position is pad_token_id + 1
  bool causal;
  bool sequence_from_last;  ///< the sequence classifier reads the last token, else the first
  LinearLayout layout;
  bool tied_by_default;  ///< when config.json does not say
  bool bias_by_default;  ///< on every linear layer of a block
  bool qkv_bias_by_default;
  double default_norm_eps;
  std::string_view default_activation;
  Keys keys;
  Names names;
  Heads heads;

  bool gated() const { return !names.mlp_gate.empty(); }
};

/// The table, in alphabetical order of model_type.
std::span<const Architecture> architectures();

}  // namespace neurox::model
