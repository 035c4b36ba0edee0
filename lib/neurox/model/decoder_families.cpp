#include "neurox/model/architecture.h"

#include <array>

namespace neurox::model {
namespace {

constexpr std::string_view gpt2_ignored[] = {".attn.bias", ".attn.masked_bias"};
constexpr std::string_view rotary_ignored[] = {"rotary_emb.inv_freq", "attention.bias",
                                               "attention.masked_bias"};

constexpr Architecture gpt2{
    .model_type = "gpt2",
    .prefix = "transformer.",
    .keys = {.width = "n_embd",
             .mlp_width = "n_inner",
             .blocks = "n_layer",
             .heads = "n_head",
             .kv_heads = "",
             .max_positions = "n_positions",
             .types = "",
             .norm_eps = "layer_norm_epsilon",
             .activation = "activation_function"},
    .names = {.words = "wte",
              .positions = "wpe",
              .types = "",
              .embedding_norm = "",
              .block = "h.{l}.",
              .qkv = "attn.c_attn",
              .q = "",
              .k = "",
              .v = "",
              .attention_out = "attn.c_proj",
              .attention_norm = "ln_1",
              .mlp_gate = "",
              .mlp_up = "mlp.c_fc",
              .mlp_down = "mlp.c_proj",
              .mlp_norm = "ln_2",
              .final_norm = "ln_f"},
    .heads = {.pooler = "",
              .sequence_dense = "",
              .sequence_activation = "",
              .sequence_out = "score",
              .token_out = "classifier",
              .span_out = "qa_outputs",
              .lm_dense = "",
              .lm_norm = "",
              .lm_bias = "",
              .lm_out = "lm_head"},
    .ignored = gpt2_ignored,
    .norm_first = true,
    .causal = true,
    .layout = LinearLayout::InOut,
    .norm_eps = 1e-5,
    .activation = "gelu_new",
};

constexpr Architecture llama{
    .model_type = "llama",
    .prefix = "model.",
    .keys = {.width = "hidden_size",
             .mlp_width = "intermediate_size",
             .blocks = "num_hidden_layers",
             .heads = "num_attention_heads",
             .kv_heads = "num_key_value_heads",
             .max_positions = "max_position_embeddings",
             .types = "",
             .norm_eps = "rms_norm_eps",
             .activation = "hidden_act"},
    .names = {.words = "embed_tokens",
              .positions = "",
              .types = "",
              .embedding_norm = "",
              .block = "layers.{l}.",
              .qkv = "",
              .q = "self_attn.q_proj",
              .k = "self_attn.k_proj",
              .v = "self_attn.v_proj",
              .attention_out = "self_attn.o_proj",
              .attention_norm = "input_layernorm",
              .mlp_gate = "mlp.gate_proj",
              .mlp_up = "mlp.up_proj",
              .mlp_down = "mlp.down_proj",
              .mlp_norm = "post_attention_layernorm",
              .final_norm = "norm"},
    .heads = {.pooler = "",
              .sequence_dense = "",
              .sequence_activation = "",
              .sequence_out = "score",
              .token_out = "score",
              .span_out = "qa_outputs",
              .lm_dense = "",
              .lm_norm = "",
              .lm_bias = "",
              .lm_out = "lm_head"},
    .ignored = rotary_ignored,
    .norm = NormKind::RmsNorm,
    .norm_first = true,
    .positions = PositionKind::Rotary,
    .causal = true,
    .tied = false,
    .attention_bias = false,
    .output_bias = false,
    .mlp_bias = false,
    .norm_eps = 1e-6,
    .activation = "silu",
};

constexpr Architecture renamed_decoder(Architecture a, std::string_view model_type) {
  a.model_type = model_type;
  return a;
}

constexpr Architecture qwen2 = [] {
  Architecture a = renamed_decoder(llama, "qwen2");
  a.attention_bias = true;
  return a;
}();

constexpr Architecture qwen3 = [] {
  Architecture a = renamed_decoder(llama, "qwen3");
  a.names.q_norm = "self_attn.q_norm";
  a.names.k_norm = "self_attn.k_norm";
  return a;
}();

constexpr Architecture gemma = [] {
  Architecture a = renamed_decoder(llama, "gemma");
  a.norm_plus_one = true;
  a.scaled_embeddings = true;
  a.tied = true;
  a.activation = "gelu_pytorch_tanh";
  return a;
}();

constexpr Architecture gemma2 = [] {
  Architecture a = renamed_decoder(gemma, "gemma2");
  a.keys.activation = "hidden_activation";
  a.names.attention_post_norm = "post_attention_layernorm";
  a.names.mlp_norm = "pre_feedforward_layernorm";
  a.names.mlp_post_norm = "post_feedforward_layernorm";
  a.sliding_pattern = 2;
  return a;
}();

constexpr Architecture gemma3 = [] {
  Architecture a = renamed_decoder(gemma2, "gemma3_text");
  a.names.q_norm = "self_attn.q_norm";
  a.names.k_norm = "self_attn.k_norm";
  a.sliding_pattern = 6;
  a.rotary_theta = 1e6;
  return a;
}();

// The released Pythia folders have `embed_out`, which transformers 5 writes as `lm_head`.
constexpr Architecture::Rename gpt_neox_renames[] = {{"embed_out.", "lm_head."}};

constexpr Architecture gpt_neox = [] {
  Architecture a = renamed_decoder(llama, "gpt_neox");
  a.prefix = "gpt_neox.";
  a.keys.kv_heads = "";
  a.keys.norm_eps = "layer_norm_eps";
  a.names.words = "embed_in";
  a.names.qkv = "attention.query_key_value";
  a.names.q = a.names.k = a.names.v = "";
  a.names.attention_out = "attention.dense";
  a.names.mlp_gate = "";
  a.names.mlp_up = "mlp.dense_h_to_4h";
  a.names.mlp_down = "mlp.dense_4h_to_h";
  a.names.final_norm = "final_layer_norm";
  a.heads.token_out = "classifier";
  a.renames = gpt_neox_renames;
  a.norm = NormKind::LayerNorm;
  a.qkv_by_head = true;
  a.parallel = true;
  a.attention_bias = a.output_bias = a.mlp_bias = true;
  a.norm_eps = 1e-5;
  a.activation = "gelu";
  a.rotary_part = 0.25;
  return a;
}();

constexpr std::array decoders{gemma, gemma2, gemma3, gpt2, gpt_neox, llama, renamed_decoder(llama, "mistral"),
                              qwen2, qwen3};

}  // namespace

std::span<const Architecture> decoder_families() {
  return decoders;
}

}  // namespace neurox::model
