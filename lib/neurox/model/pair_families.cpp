#include <array>

#include "neurox/model/architecture.h"

namespace neurox::model {
namespace {

// Word embeddings of the two stacks may be in a file once, or once for each; positions may be computed.
constexpr std::string_view pair_ignored[] = {"shared.weight",
                                             "EncDecAttention.relative_attention_bias.weight",
                                             "encoder.version", "decoder.version", "embed_positions.weights"};

constexpr Architecture t5_encoder{
    .model_type = "t5",
    .prefix = "",
    .keys = {.width = "d_model",
             .mlp_width = "d_ff",
             .blocks = "num_layers",
             .heads = "num_heads",
             .kv_heads = "",
             .max_positions = "",
             .types = "",
             .norm_eps = "layer_norm_epsilon",
             .activation = "feed_forward_proj"},
    .names = {.words = "shared",
              .positions = "",
              .types = "",
              .embedding_norm = "",
              .block = "encoder.block.{l}.layer.",
              .qkv = "",
              .q = "0.SelfAttention.q",
              .k = "0.SelfAttention.k",
              .v = "0.SelfAttention.v",
              .attention_out = "0.SelfAttention.o",
              .attention_norm = "0.layer_norm",
              .mlp_gate = "",
              .mlp_up = "1.DenseReluDense.wi",
              .mlp_down = "1.DenseReluDense.wo",
              .mlp_norm = "1.layer_norm",
              .final_norm = "encoder.final_layer_norm",
              .own_words = "encoder.embed_tokens"},
    .heads = {},
    .ignored = pair_ignored,
    .norm = NormKind::RmsNorm,
    .norm_first = true,
    .positions = PositionKind::Relative,
    .relative = RelativeKind::T5,
    .attention_bias = false,
    .output_bias = false,
    .mlp_bias = false,
    .norm_eps = 1e-6,
    .activation = "relu",
    .scaled_attention = false,
};

constexpr Architecture gated_t5(Architecture a, std::string_view gate, std::string_view up,
                                std::string_view down) {
  a.names.mlp_gate = gate;
  a.names.mlp_up = up;
  a.names.mlp_down = down;
  return a;
}

constexpr Architecture t5_gated_encoder =
    gated_t5(t5_encoder, "1.DenseReluDense.wi_0", "1.DenseReluDense.wi_1", "1.DenseReluDense.wo");

constexpr Architecture t5_decoder = [] {
  Architecture a = t5_encoder;
  a.keys.blocks = "num_decoder_layers";
  a.names.block = "decoder.block.{l}.layer.";
  a.names.cross_q = "1.EncDecAttention.q";
  a.names.cross_k = "1.EncDecAttention.k";
  a.names.cross_v = "1.EncDecAttention.v";
  a.names.cross_out = "1.EncDecAttention.o";
  a.names.cross_norm = "1.layer_norm";
  a.names.mlp_up = "2.DenseReluDense.wi";
  a.names.mlp_down = "2.DenseReluDense.wo";
  a.names.mlp_norm = "2.layer_norm";
  a.names.final_norm = "decoder.final_layer_norm";
  a.names.own_words = "decoder.embed_tokens";
  a.heads.lm_out = "lm_head";
  a.causal = true;
  a.encoder = &t5_encoder;
  return a;
}();

constexpr Architecture t5_gated = [] {
  Architecture a =
      gated_t5(t5_decoder, "2.DenseReluDense.wi_0", "2.DenseReluDense.wi_1", "2.DenseReluDense.wo");
  a.encoder = &t5_gated_encoder;
  return a;
}();

constexpr Architecture named_pair(Architecture a, std::string_view model_type) {
  a.model_type = model_type;
  return a;
}

constexpr Architecture t5 = [] {
  Architecture a = t5_decoder;
  a.gated_variant = &t5_gated;
  return a;
}();

constexpr Architecture mt5_gated = named_pair(t5_gated, "mt5");
constexpr Architecture mt5 = [] {
  Architecture a = named_pair(t5_decoder, "mt5");
  a.gated_variant = &mt5_gated;
  return a;
}();

constexpr Architecture bart_encoder{
    .model_type = "bart",
    .prefix = "model.",
    .keys = {.width = "d_model",
             .mlp_width = "encoder_ffn_dim",
             .blocks = "encoder_layers",
             .heads = "encoder_attention_heads",
             .kv_heads = "",
             .max_positions = "max_position_embeddings",
             .types = "",
             .norm_eps = "",
             .activation = "activation_function"},
    .names = {.words = "shared",
              .positions = "encoder.embed_positions",
              .types = "",
              .embedding_norm = "encoder.layernorm_embedding",
              .block = "encoder.layers.{l}.",
              .qkv = "",
              .q = "self_attn.q_proj",
              .k = "self_attn.k_proj",
              .v = "self_attn.v_proj",
              .attention_out = "self_attn.out_proj",
              .attention_norm = "self_attn_layer_norm",
              .mlp_gate = "",
              .mlp_up = "fc1",
              .mlp_down = "fc2",
              .mlp_norm = "final_layer_norm",
              .final_norm = "",
              .own_words = "encoder.embed_tokens"},
    .heads = {},
    .ignored = pair_ignored,
    .norm_eps = 1e-5,
    .activation = "gelu",
    .position_offset = 2,
};

/// The decoder to an encoder of BART's kind.
constexpr Architecture decoder_of(const Architecture& encoder) {
  Architecture a = encoder;
  a.keys.mlp_width = "decoder_ffn_dim";
  a.keys.blocks = "decoder_layers";
  a.keys.heads = "decoder_attention_heads";
  a.names.positions = "decoder.embed_positions";
  if (!a.names.embedding_norm.empty()) a.names.embedding_norm = "decoder.layernorm_embedding";
  if (!a.names.final_norm.empty()) a.names.final_norm = "decoder.layer_norm";
  a.names.block = "decoder.layers.{l}.";
  a.names.own_words = "decoder.embed_tokens";
  a.names.cross_q = "encoder_attn.q_proj";
  a.names.cross_k = "encoder_attn.k_proj";
  a.names.cross_v = "encoder_attn.v_proj";
  a.names.cross_out = "encoder_attn.out_proj";
  a.names.cross_norm = "encoder_attn_layer_norm";
  a.heads.lm_out = "lm_head";
  a.heads.lm_bias_row = "final_logits_bias";
  a.causal = true;
  a.encoder = &encoder;
  return a;
}

constexpr Architecture norm_first_pair(Architecture a) {
  a.norm_first = true;
  a.names.final_norm = "encoder.layer_norm";
  return a;
}

constexpr Architecture mbart_encoder = norm_first_pair(named_pair(bart_encoder, "mbart"));

constexpr Architecture marian_encoder = [] {
  Architecture a = named_pair(bart_encoder, "marian");
  a.names.embedding_norm = "";
  a.sinusoid = SinusoidKind::Marian;
  a.position_offset = 0;
  return a;
}();
constexpr Architecture marian_norm_first_encoder = norm_first_pair(marian_encoder);
constexpr Architecture marian_norm_first = decoder_of(marian_norm_first_encoder);

constexpr Architecture marian = [] {
  Architecture a = decoder_of(marian_encoder);
  a.norm_first_variant = &marian_norm_first;
  return a;
}();

constexpr Architecture m2m_encoder = [] {
  Architecture a = named_pair(mbart_encoder, "m2m_100");
  a.names.embedding_norm = "";
  a.sinusoid = SinusoidKind::Fairseq;
  a.positions_after_pad = true;
  a.position_offset = 0;
  a.activation = "relu";
  return a;
}();

constexpr std::array pairs{
    decoder_of(bart_encoder), decoder_of(m2m_encoder), marian, decoder_of(mbart_encoder), mt5, t5};

}  // namespace

std::span<const Architecture> pair_families() {
  return pairs;
}

}  // namespace neurox::model
