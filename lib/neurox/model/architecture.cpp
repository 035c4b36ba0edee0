#include "neurox/model/architecture.h"

#include <array>

namespace neurox::model {
namespace {

// Buffers that older versions of transformers wrote, and heads that nothing here computes.
constexpr std::string_view encoder_ignored[] = {"position_ids", "embeddings.token_type_ids",
                                                "cls.seq_relationship.weight", "cls.seq_relationship.bias"};
constexpr std::string_view gpt2_ignored[] = {".attn.bias", ".attn.masked_bias"};
constexpr std::string_view llama_ignored[] = {"rotary_emb.inv_freq"};

constexpr Architecture bert{
    .model_type = "bert",
    .prefix = "bert.",
    .keys = {.width = "hidden_size",
             .mlp_width = "intermediate_size",
             .blocks = "num_hidden_layers",
             .heads = "num_attention_heads",
             .kv_heads = "",
             .max_positions = "max_position_embeddings",
             .types = "type_vocab_size",
             .norm_eps = "layer_norm_eps",
             .activation = "hidden_act"},
    .names = {.words = "embeddings.word_embeddings",
              .positions = "embeddings.position_embeddings",
              .types = "embeddings.token_type_embeddings",
              .embedding_norm = "embeddings.LayerNorm",
              .block = "encoder.layer.{l}.",
              .qkv = "",
              .q = "attention.self.query",
              .k = "attention.self.key",
              .v = "attention.self.value",
              .attention_out = "attention.output.dense",
              .attention_norm = "attention.output.LayerNorm",
              .mlp_gate = "",
              .mlp_up = "intermediate.dense",
              .mlp_down = "output.dense",
              .mlp_norm = "output.LayerNorm",
              .final_norm = ""},
    .heads = {.pooler = "pooler.dense",
              .sequence_dense = "",
              .sequence_activation = "",
              .sequence_out = "classifier",
              .token_out = "classifier",
              .span_out = "qa_outputs",
              .lm_dense = "cls.predictions.transform.dense",
              .lm_norm = "cls.predictions.transform.LayerNorm",
              .lm_bias = "cls.predictions.bias",
              .lm_out = "cls.predictions.decoder"},
    .ignored = encoder_ignored,
};

constexpr Architecture roberta = [] {
  Architecture a = bert;
  a.model_type = "roberta";
  a.prefix = "roberta.";
  a.positions_after_pad = true;
  a.heads = {.pooler = "pooler.dense",
             .sequence_dense = "classifier.dense",
             .sequence_activation = "tanh",
             .sequence_out = "classifier.out_proj",
             .token_out = "classifier",
             .span_out = "qa_outputs",
             .lm_dense = "lm_head.dense",
             .lm_norm = "lm_head.layer_norm",
             .lm_bias = "lm_head.bias",
             .lm_out = "lm_head.decoder"};
  return a;
}();

constexpr Architecture distilbert{
    .model_type = "distilbert",
    .prefix = "distilbert.",
    .keys = {.width = "dim",
             .mlp_width = "hidden_dim",
             .blocks = "n_layers",
             .heads = "n_heads",
             .kv_heads = "",
             .max_positions = "max_position_embeddings",
             .types = "",
             .norm_eps = "",
             .activation = "activation"},
    .names = {.words = "embeddings.word_embeddings",
              .positions = "embeddings.position_embeddings",
              .types = "",
              .embedding_norm = "embeddings.LayerNorm",
              .block = "transformer.layer.{l}.",
              .qkv = "",
              .q = "attention.q_lin",
              .k = "attention.k_lin",
              .v = "attention.v_lin",
              .attention_out = "attention.out_lin",
              .attention_norm = "sa_layer_norm",
              .mlp_gate = "",
              .mlp_up = "ffn.lin1",
              .mlp_down = "ffn.lin2",
              .mlp_norm = "output_layer_norm",
              .final_norm = ""},
    .heads = {.pooler = "",
              .sequence_dense = "pre_classifier",
              .sequence_activation = "relu",
              .sequence_out = "classifier",
              .token_out = "classifier",
              .span_out = "qa_outputs",
              .lm_dense = "vocab_transform",
              .lm_norm = "vocab_layer_norm",
              .lm_bias = "vocab_projector.bias",
              .lm_out = "vocab_projector"},
    .ignored = encoder_ignored,
};

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
    .ignored = llama_ignored,
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

constexpr Architecture renamed(Architecture a, std::string_view model_type) {
  a.model_type = model_type;
  return a;
}

constexpr Architecture qwen2 = [] {
  Architecture a = renamed(llama, "qwen2");
  a.attention_bias = true;
  return a;
}();

constexpr std::array families{
    bert,    renamed(roberta, "camembert"),  distilbert, gpt2, llama, renamed(llama, "mistral"), qwen2,
    roberta, renamed(roberta, "xlm-roberta")};

}  // namespace

std::span<const Architecture> architectures() {
  return families;
}

}  // namespace neurox::model
