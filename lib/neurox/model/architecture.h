#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace neurox::model {

enum class NormKind { LayerNorm, RmsNorm };
enum class PositionKind { Learned, Rotary, Relative };
/// How a linear layer's weight is stored; InOut is GPT-2's Conv1D.
enum class LinearLayout { OutIn, InOut };
/// What adds to attention's scores (model/relative_attention.h).
enum class RelativeKind { None, Xlnet, Deberta, T5 };
/// Position vectors that are computed: sines in the first half of the columns, cosines in the second.
/// Marian: rate i is 10000^(-2i/width); Fairseq: 10000^(-i/(width/2-1)) (M2M100).
enum class SinusoidKind { None, Marian, Fairseq };

/// One family of models: a row of the one table that maps model_type to names of weights and to the switches
/// of the shared Transformer. Parameters keep the names they have in the checkpoint.
struct Architecture {
  /// Where config.json keeps a number; an empty key means that the family has none.
  struct Keys {
    std::string_view width, mlp_width, blocks, heads, kv_heads, max_positions, types, norm_eps, activation;
    std::string_view embedding_width = {};  ///< where it may differ from the width
  };

  /// Layers without the family's prefix, `.weight` and `.bias`; an empty name means that there is none.
  struct Names {
    std::string_view words, positions, types, embedding_norm;
    std::string_view block;  ///< prefix of the layers below, up to final_norm; {l} is the block's number,
                             ///< {g} that of the group of blocks that share their layers
    std::string_view qkv;    ///< the three in one; else q, k and v
    std::string_view q, k, v, attention_out, attention_norm;
    std::string_view mlp_gate, mlp_up, mlp_down, mlp_norm;
    std::string_view final_norm;
    std::string_view q_norm = {}, k_norm = {};  ///< over each head, before rotary positions
    std::string_view attention_post_norm = {}, mlp_post_norm = {};  ///< of what is added to the stream
    std::string_view embedding_projection = {};  ///< to the width, after the embeddings' norm
    std::string_view own_words = {};  ///< of a stack whose word embeddings are not shared with the other's
    std::string_view cross_q = {}, cross_k = {}, cross_v = {}, cross_out = {},
                     cross_norm = {};  ///< of a decoder's attention to its encoder
  };
  /// What old checkpoints call a layer.
  struct Rename {
    std::string_view old, now;  ///< beginnings of names
  };

  /// Heads by their full names (the pooler's without the prefix).
  struct HeadNames {
    std::string_view pooler;  ///< dense and tanh on the first token, before the sequence classifier
    std::string_view sequence_dense, sequence_activation, sequence_out;
    std::string_view token_out;
    std::string_view span_out;  ///< question answering
    std::string_view lm_dense, lm_norm, lm_bias, lm_out;
    std::string_view lm_activation = {};  ///< empty: the blocks'
    std::string_view lm_bias_row = {};    ///< a bias of the output that a checkpoint may hold, 1 x vocabulary
  };

  std::string_view model_type;
  std::string_view prefix;  ///< `bert.`; a checkpoint may leave it out
  Keys keys;
  Names names;
  HeadNames heads;
  std::span<const std::string_view> ignored;  ///< endings of tensors that are no weights of ours
  std::span<const Rename> renames = {};

  NormKind norm = NormKind::LayerNorm;
  bool norm_first = false;
  PositionKind positions = PositionKind::Learned;
  bool positions_after_pad = false;  ///< RoBERTa: the first position is pad_token_id + 1
  bool causal = false;               ///< and the sequence classifier reads the last token, not the first
  bool last_token = false;           ///< the sequence classifier does so all the same
  RelativeKind relative = RelativeKind::None;
  bool always_projected = false;  ///< embedding_projection, even to the same width
  LinearLayout layout = LinearLayout::OutIn;
  bool qkv_by_head = false;        ///< rows of qkv are q, k, v of head 0, then of head 1, ...
  bool norm_plus_one = false;      ///< norms store weight - 1
  bool scaled_embeddings = false;  ///< words are multiplied by sqrt(width)
  int sliding_pattern = 1;         ///< of so many blocks the last one has no sliding window; 1: all slide

  // What holds when config.json does not say.
  bool tied = true;
  bool attention_bias = true, output_bias = true, mlp_bias = true;  ///< on q, k, v; on W_O; on the MLP
  double norm_eps = 1e-12;
  std::string_view activation = "gelu";
  bool parallel = false;  ///< attention and MLP both read resid_pre
  double rotary_theta = 10000, rotary_part = 1;

  // Of an encoder with a decoder; this row is then the decoder's.
  const Architecture* encoder = nullptr;             ///< the encoder's row
  const Architecture* gated_variant = nullptr;       ///< where `feed_forward_proj` begins with `gated-` (T5)
  const Architecture* norm_first_variant = nullptr;  ///< where `normalize_before` is true (Marian)
  SinusoidKind sinusoid = SinusoidKind::None;
  std::int64_t position_offset = 0;  ///< row of the first position's vector (BART: 2)
  bool scaled_attention = true;      ///< false: scores are not divided by the root of the head width (T5)

  bool gated() const { return !names.mlp_gate.empty(); }
};

/// The table: encoders (encoder_families.cpp), decoders (decoder_families.cpp) and encoders with decoders
/// (pair_families.cpp), by model_type.
std::span<const Architecture> architectures();
std::span<const Architecture> encoder_families();
std::span<const Architecture> decoder_families();
std::span<const Architecture> pair_families();

}  // namespace neurox::model
