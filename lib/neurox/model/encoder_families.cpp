#include "neurox/model/architecture.h"

#include <array>

namespace neurox::model {
namespace {

// Buffers that older versions of transformers wrote, and heads that nothing here computes.
constexpr std::string_view encoder_ignored[] = {"position_ids", "embeddings.token_type_ids",
                                                "cls.seq_relationship.weight", "cls.seq_relationship.bias"};

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

constexpr std::string_view electra_ignored[] = {
    "position_ids", "discriminator_predictions.dense.weight", "discriminator_predictions.dense.bias",
    "discriminator_predictions.dense_prediction.weight", "discriminator_predictions.dense_prediction.bias"};

constexpr Architecture electra = [] {
  Architecture a = bert;
  a.model_type = "electra";
  a.prefix = "electra.";
  a.keys.embedding_width = "embedding_size";
  a.names.embedding_projection = "embeddings_project";
  a.heads = {.pooler = "",
             .sequence_dense = "classifier.dense",
             .sequence_activation = "gelu",
             .sequence_out = "classifier.out_proj",
             .token_out = "classifier",
             .span_out = "qa_outputs",
             .lm_dense = "generator_predictions.dense",
             .lm_norm = "generator_predictions.LayerNorm",
             .lm_bias = "generator_lm_head.bias",
             .lm_out = "generator_lm_head",
             .lm_activation = "gelu"};
  a.ignored = electra_ignored;
  return a;
}();

constexpr std::string_view albert_ignored[] = {"position_ids", "sop_classifier.classifier.weight",
                                               "sop_classifier.classifier.bias"};

constexpr Architecture albert = [] {
  Architecture a = bert;
  a.model_type = "albert";
  a.prefix = "albert.";
  a.keys.embedding_width = "embedding_size";
  a.names.embedding_projection = "encoder.embedding_hidden_mapping_in";
  a.always_projected = true;
  a.names.block = "encoder.albert_layer_groups.{g}.albert_layers.0.";
  a.names.q = "attention.query";
  a.names.k = "attention.key";
  a.names.v = "attention.value";
  a.names.attention_out = "attention.dense";
  a.names.attention_norm = "attention.LayerNorm";
  a.names.mlp_up = "ffn";
  a.names.mlp_down = "ffn_output";
  a.names.mlp_norm = "full_layer_layer_norm";
  a.heads.pooler = "pooler";
  a.heads.lm_dense = "predictions.dense";
  a.heads.lm_norm = "predictions.LayerNorm";
  a.heads.lm_bias = "predictions.bias";
  a.heads.lm_out = "predictions.decoder";
  a.ignored = albert_ignored;
  a.activation = "gelu_new";
  return a;
}();

// mask_emb belongs to the second stream, which only training with permutations uses.
constexpr std::string_view xlnet_ignored[] = {"mask_emb"};

constexpr Architecture xlnet{
    .model_type = "xlnet",
    .prefix = "transformer.",
    .keys = {.width = "d_model",
             .mlp_width = "d_inner",
             .blocks = "n_layer",
             .heads = "n_head",
             .kv_heads = "",
             .max_positions = "",
             .types = "",
             .norm_eps = "layer_norm_eps",
             .activation = "ff_activation"},
    .names = {.words = "word_embedding",
              .positions = "",
              .types = "",
              .embedding_norm = "",
              .block = "layer.{l}.",
              .qkv = "",
              .q = "rel_attn.q",
              .k = "rel_attn.k",
              .v = "rel_attn.v",
              .attention_out = "rel_attn.o",
              .attention_norm = "rel_attn.layer_norm",
              .mlp_gate = "",
              .mlp_up = "ff.layer_1",
              .mlp_down = "ff.layer_2",
              .mlp_norm = "ff.layer_norm",
              .final_norm = ""},
    .heads = {.pooler = "",
              .sequence_dense = "sequence_summary.summary",
              .sequence_activation = "tanh",
              .sequence_out = "logits_proj",
              .token_out = "classifier",
              .span_out = "qa_outputs",
              .lm_dense = "",
              .lm_norm = "",
              .lm_bias = "lm_loss.bias",
              .lm_out = "lm_loss"},
    .ignored = xlnet_ignored,
    .positions = PositionKind::Relative,
    .last_token = true,
    .relative = RelativeKind::Xlnet,
    .attention_bias = false,
    .output_bias = false,
};

constexpr std::string_view deberta_ignored[] = {"position_ids",
                                                "mask_predictions.dense.weight",
                                                "mask_predictions.dense.bias",
                                                "mask_predictions.LayerNorm.weight",
                                                "mask_predictions.LayerNorm.bias",
                                                "mask_predictions.classifier.weight",
                                                "mask_predictions.classifier.bias"};
// The released folders have the newer names, transformers writes the older.
constexpr Architecture::Rename deberta_renames[] = {
    {"lm_predictions.lm_head.dense.", "cls.predictions.transform.dense."},
    {"lm_predictions.lm_head.LayerNorm.", "cls.predictions.transform.LayerNorm."},
    {"lm_predictions.lm_head.bias", "cls.predictions.bias"}};

constexpr Architecture deberta = [] {
  Architecture a = bert;
  a.model_type = "deberta-v2";
  a.prefix = "deberta.";
  a.names.q = "attention.self.query_proj";
  a.names.k = "attention.self.key_proj";
  a.names.v = "attention.self.value_proj";
  a.heads.pooler = "";
  a.heads.sequence_dense = "pooler.dense";
  a.heads.sequence_activation = "gelu";
  a.ignored = deberta_ignored;
  a.renames = deberta_renames;
  a.relative = RelativeKind::Deberta;
  a.norm_eps = 1e-7;
  return a;
}();

constexpr Architecture renamed_encoder(Architecture a, std::string_view model_type) {
  a.model_type = model_type;
  return a;
}

constexpr std::array encoders{albert,  bert,    renamed_encoder(roberta, "camembert"),   deberta, distilbert,
                              electra, roberta, renamed_encoder(roberta, "xlm-roberta"), xlnet};

}  // namespace

std::span<const Architecture> encoder_families() {
  return encoders;
}

}  // namespace neurox::model
