#include "neurox/model/config.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/model/activation.h"
#include "neurox/model/config_reader.h"
#include "neurox/model/config_rotary.h"
#include "neurox/model/network_config.h"

namespace neurox::model {
namespace {

using Json = nlohmann::json;

const Architecture& find_architecture(const ConfigReader& in, const std::string& file) {
  const std::string found = in.text("model_type", "");
  std::vector<std::string> known;
  for (const Architecture& row : architectures()) {
    if (row.model_type == found) return row;
    known.emplace_back(row.model_type);
  }
  for (const std::string_view type : network_types()) known.emplace_back(type);
  std::sort(known.begin(), known.end());
  const std::string supported = fmt::format("{}", fmt::join(known, ", "));
  if (found.empty()) throw input_error("{}: no model_type; supported are {}", file, supported);
  throw input_error("{}: model_type '{}' is not supported{}; supported are {}", file, found,
                    did_you_mean(found, known), supported);
}

std::vector<std::string> read_labels(const ConfigReader& in) {
  const Json* table = in.find("id2label");
  if (table == nullptr) return {};
  std::vector<std::string> out(table->is_object() ? table->size() : 0);
  for (const auto& [id, label] : table->items()) {
    std::size_t position = 0;
    for (; position < out.size() && std::to_string(position) != id; ++position) {
    }
    if (position == out.size() || !label.is_string())
      throw in.refuse("id2label", "not an object of names by the ids 0, 1, 2, ...");
    out[position] = label.get<std::string>();
  }
  return out;
}

void refuse_unsupported(const ConfigReader& in) {
  if (in.integer("inner_group_num", 1) != 1) throw in.refuse("inner_group_num", "only 1 is supported");
  if (in.text("attn_type", "bi") != "bi")
    throw in.refuse("attn_type", fmt::format("'{}' is not supported, only bi", in.text("attn_type", "")));
  if (in.flag("bi_data", false)) throw in.refuse("bi_data", "not supported");
  if (in.integer("conv_kernel_size", 0) > 0)
    throw in.refuse("conv_kernel_size", "a convolution beside the first block is not supported");
  if (in.text("position_embedding_type", "absolute") != "absolute")
    throw in.refuse("position_embedding_type", fmt::format("'{}' is not supported, only absolute",
                                                           in.text("position_embedding_type", "")));
  if (in.flag("add_cross_attention", false)) throw in.refuse("add_cross_attention", "not supported");
  if (in.find("quantization_config") != nullptr)
    throw in.refuse("quantization_config", "quantised weights are not supported; save the model without");
}

void read_deberta(const ConfigReader& in, ModelConfig& c) {
  if (in.integer("embedding_size", c.width) != c.width)
    throw in.refuse("embedding_size", "embeddings of another width than the blocks' are not supported");
  DebertaConfig& d = c.deberta;
  d.max_distance = in.integer("max_relative_positions", -1);
  if (d.max_distance < 1) d.max_distance = c.max_positions;
  d.buckets = std::max<std::int64_t>(in.integer("position_buckets", -1), 0);
  d.span = d.buckets > 0 ? d.buckets : d.max_distance;
  d.share_keys = in.flag("share_att_key", false);
  const Json* types = in.find("pos_att_type");  // a list, or "c2p|p2c"
  const std::string names = types != nullptr ? types->dump() : "";
  d.content_to_position = names.find("c2p") != std::string::npos;
  d.position_to_content = names.find("p2c") != std::string::npos;
  d.norm = in.text("norm_rel_ebd", "none").find("layer_norm") != std::string::npos;
  const bool relative =
      in.flag("relative_attention", false) && (d.content_to_position || d.position_to_content);
  c.relative = relative ? RelativeKind::Deberta : RelativeKind::None;
  c.query_width = static_cast<double>(c.head_width * (1 + d.content_to_position + d.position_to_content));
}

void read_window(const ConfigReader& in, ModelConfig& c) {
  if (in.find("sliding_window") == nullptr || !in.flag("use_sliding_window", true)) return;
  c.sliding_window = in.size("sliding_window");
  const Json* layers = in.find("layer_types");
  const std::int64_t first = in.integer("max_window_layers", 0),
                     pattern = in.integer("sliding_window_pattern", c.architecture->sliding_pattern);
  if (layers != nullptr && (!layers->is_array() || layers->size() != static_cast<std::size_t>(c.blocks)))
    throw in.refuse("layer_types", fmt::format("not an array of {} names", c.blocks));
  for (int l = 0; l < c.blocks; ++l)
    c.slides.push_back(layers != nullptr ? (*layers)[static_cast<std::size_t>(l)] == "sliding_attention"
                                         : l >= first && (pattern < 2 || (l + 1) % pattern != 0));
}

/// The row that config.json's switches choose among a family's.
const Architecture& variant_of(const ConfigReader& in, const Architecture& row) {
  if (row.gated_variant != nullptr && in.text("feed_forward_proj", "relu").starts_with("gated-"))
    return *row.gated_variant;
  if (row.norm_first_variant != nullptr && in.flag("normalize_before", false)) return *row.norm_first_variant;
  return row;
}

void read_t5(const ConfigReader& in, ModelConfig& c) {
  c.relative_buckets = in.integer("relative_attention_num_buckets", 32);
  c.relative_distance = in.integer("relative_attention_max_distance", 128);
  if (c.relative_buckets < 4 || c.relative_distance <= c.relative_buckets / (c.causal ? 2 : 4))
    throw in.refuse("relative_attention_num_buckets", fmt::format("{} buckets for distances up to {}",
                                                                  c.relative_buckets, c.relative_distance));
  // mT5's folders say that embeddings are tied, whatever they are; its decoder's results are never scaled.
  const bool scaled = in.text("model_type", "") == "t5" && in.flag("tie_word_embeddings", true);
  if (in.flag("scale_decoder_outputs", scaled)) c.output_scale = 1 / std::sqrt(static_cast<double>(c.width));
}

/// Which function of the table; Gemma's first folders say gelu and mean its tanh approximation.
std::string read_activation(const ConfigReader& in, const Architecture& row) {
  std::string name = in.text(row.keys.activation, row.activation);
  if (row.model_type == "gemma" && name == "gelu") name = row.activation;
  if (row.relative == RelativeKind::T5) {
    const bool gated = name.starts_with("gated-");
    if (gated) name = name.substr(std::string_view("gated-").size());
    if (gated && name == "gelu") name = "gelu_new";
  }
  if (find_activation(name) == nullptr)
    throw in.refuse(row.keys.activation,
                    fmt::format("'{}' is not supported{}; supported are {}", name,
                                did_you_mean(name, activation_names()), fmt::join(activation_names(), ", ")));
  return name;
}

/// What config.json says of one stack of blocks.
ModelConfig read_stack(const ConfigReader& in, const Architecture& row, const std::filesystem::path& file) {
  ModelConfig c;
  c.file = file;
  c.architecture = &row;
  c.model_type = row.model_type;
  if (const Json* classes = in.find("architectures"); classes != nullptr && classes->is_array())
    for (const Json& name : *classes)
      if (name.is_string()) c.class_names.push_back(name.get<std::string>());

  c.vocabulary =
      in.size(row.encoder != nullptr && in.find("decoder_vocab_size") != nullptr ? "decoder_vocab_size"
                                                                                 : "vocab_size");
  c.width = in.size(row.keys.width);
  // GPT-2's n_inner is null where it is four times the width.
  c.mlp_width = row.model_type == "gpt2" && in.find(row.keys.mlp_width) == nullptr
                    ? 4 * c.width
                    : in.size(row.keys.mlp_width);
  const bool as_encoder = row.encoder != nullptr && in.find(row.keys.blocks) == nullptr;
  c.blocks = static_cast<int>(in.size(as_encoder ? row.encoder->keys.blocks : row.keys.blocks));
  c.heads = in.size(row.keys.heads);
  c.kv_heads = row.keys.kv_heads.empty() || in.find(row.keys.kv_heads) == nullptr
                   ? c.heads
                   : in.size(row.keys.kv_heads);
  if (c.heads % c.kv_heads != 0)
    throw in.refuse(row.keys.kv_heads, fmt::format("{} heads do not share {} evenly", c.heads, c.kv_heads));
  const std::string_view head_key = row.relative == RelativeKind::T5 ? "d_kv" : "head_dim";
  if ((row.positions == PositionKind::Rotary || head_key == "d_kv") && in.find(head_key) != nullptr) {
    c.head_width = in.size(head_key);
  } else {
    if (c.width % c.heads != 0)
      throw in.refuse(row.keys.heads, fmt::format("{} heads do not divide a width of {}", c.heads, c.width));
    c.head_width = c.width / c.heads;
  }
  c.max_positions = row.keys.max_positions.empty() ? 1 << 20 : in.size(row.keys.max_positions);
  c.embedding_width = row.keys.embedding_width.empty() ? c.width : in.integer(row.keys.embedding_width, 128);
  c.groups = static_cast<int>(in.integer("num_hidden_groups", 1));
  c.clamp_length = in.integer("clamp_len", -1);
  c.relative = row.relative;
  if (!row.keys.types.empty()) c.types = in.integer(row.keys.types, row.model_type == "deberta-v2" ? 0 : 2);
  if (c.types < 0) throw in.refuse(row.keys.types, "is negative");
  const Json* pad = in.find("pad_token_id");
  c.pad_id = pad != nullptr && pad->is_number_integer() ? pad->get<std::int64_t>() : -1;
  if (row.positions_after_pad) {
    if (c.pad_id < 0) c.pad_id = 1;
    c.position_offset = c.pad_id + 1;
    // A learned table has these rows too; a computed one is as long as need be.
    if (row.sinusoid == SinusoidKind::None) c.max_positions -= c.position_offset;
    if (c.max_positions < 1)
      throw in.refuse(row.keys.max_positions, "leaves no position after the padding id");
  }
  if (row.position_offset > 0) c.position_offset = row.position_offset;
  read_window(in, c);

  c.norm_eps = row.keys.norm_eps.empty() ? row.norm_eps : in.number(row.keys.norm_eps, row.norm_eps);
  c.activation = read_activation(in, row);
  c.causal = row.causal || in.flag("is_decoder", false);
  c.tied = in.flag("tie_word_embeddings", row.tied);
  c.attention_bias = in.flag("attention_bias", row.attention_bias);
  c.output_bias = in.flag("attention_bias", row.output_bias);
  c.mlp_bias = in.flag("mlp_bias", row.mlp_bias);
  c.parallel = in.flag("use_parallel_residual", row.parallel);
  c.query_width = in.number("query_pre_attn_scalar", static_cast<double>(c.head_width));
  c.score_cap = in.number("attn_logit_softcapping", 0);
  c.logit_cap = in.number("final_logit_softcapping", 0);
  if (row.relative == RelativeKind::Deberta) read_deberta(in, c);
  if (row.relative == RelativeKind::Xlnet) c.types = 4;  // only whether two tokens are of one type counts
  if (row.relative == RelativeKind::T5) read_t5(in, c);
  c.scale_attention = row.scaled_attention;
  c.sinusoid = row.sinusoid;
  if (row.scaled_embeddings || in.flag("scale_embedding", false))
    c.embedding_scale = std::sqrt(static_cast<double>(c.width));
  if (row.model_type == "gpt2") {
    c.scale_attention = in.flag("scale_attn_weights", true);
    c.scale_by_block = in.flag("scale_attn_by_inverse_layer_idx", false);
  }
  if (row.positions == PositionKind::Rotary) read_rotary(in, c);
  c.positions_in_input = in.flag("position_biased_input", true);
  c.sinusoidal = in.flag("sinusoidal_pos_embds", false);
  c.initializer_range = in.number("initializer_range", in.number("init_std", c.initializer_range));
  c.labels = read_labels(in);
  return c;
}

}  // namespace

ModelConfig ModelConfig::parse(const std::string& json, const std::filesystem::path& file) {
  Json object;
  try {
    object = Json::parse(json);
  } catch (const Json::exception& e) {
    throw input_error("{}: {}", file.string(), e.what());
  }
  if (!object.is_object()) throw input_error("{}: not a JSON object", file.string());
  const ConfigReader in(object, file.string());
  const Architecture& row = variant_of(in, find_architecture(in, file.string()));
  refuse_unsupported(in);
  ModelConfig c = read_stack(in, row, file);
  if (row.encoder != nullptr)
    c.encoder = std::make_shared<const ModelConfig>(read_stack(in, *row.encoder, file));
  return c;
}

ModelConfig ModelConfig::load(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "config.json";
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    if (!std::filesystem::is_directory(folder))
      throw input_error("{}: no such model folder", folder.string());
    throw input_error(
        "{}: cannot be read; a model folder holds config.json, model.safetensors and a tokenizer",
        file.string());
  }
  return parse(std::string(std::istreambuf_iterator<char>(in), {}), file);
}

double ModelConfig::attention_scale(int block) const {
  const double scale = scale_attention ? 1 / std::sqrt(query_width) : 1;
  return scale_by_block ? scale / (block + 1) : scale;
}

std::int64_t ModelConfig::window(int block) const {
  return sliding_window && slides[static_cast<std::size_t>(block)] ? *sliding_window : 0;
}

bool ModelConfig::has_position_table() const {
  return architecture->positions == PositionKind::Learned && positions_in_input;
}

bool ModelConfig::is_class(std::string_view ending) const {
  return std::any_of(class_names.begin(), class_names.end(),
                     [&](const std::string& name) { return name.ends_with(ending); });
}

}  // namespace neurox::model
