#include "neurox/model/config.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/model/activation.h"

namespace neurox::model {
namespace {

using Json = nlohmann::json;

/// config.json's object with refusals that name the file and the key. A key with null counts as absent.
class Reader {
 public:
  Reader(const Json& object, std::string file, std::string within = {})
      : object_(object), file_(std::move(file)), within_(std::move(within)) {}

  const Json* find(std::string_view key) const {
    const auto found = object_.find(std::string(key));
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  Error refuse(std::string_view key, const std::string& what) const {
    return input_error("{}: {}{}: {}", file_, within_, key, what);
  }
  double number(std::string_view key, double otherwise) const {
    const Json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_number()) throw refuse(key, fmt::format("{} is no number", value->dump()));
    return value->get<double>();
  }
  std::int64_t integer(std::string_view key, std::int64_t otherwise) const {
    const Json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_number_integer()) throw refuse(key, fmt::format("{} is no integer", value->dump()));
    return value->get<std::int64_t>();
  }
  /// A size: required, from 1 to 2^31 - 1.
  std::int64_t size(std::string_view key) const {
    if (find(key) == nullptr) throw input_error("{}: no {}{}", file_, within_, key);
    const std::int64_t value = integer(key, 0);
    if (value < 1 || value > 2147483647) throw refuse(key, fmt::format("{} is no possible size", value));
    return value;
  }
  bool flag(std::string_view key, bool otherwise) const {
    const Json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) throw refuse(key, fmt::format("{} is neither true nor false", value->dump()));
    return value->get<bool>();
  }
  std::string text(std::string_view key, std::string_view otherwise) const {
    const Json* value = find(key);
    if (value == nullptr) return std::string(otherwise);
    if (!value->is_string()) throw refuse(key, fmt::format("{} is no string", value->dump()));
    return value->get<std::string>();
  }
  Reader object(std::string_view key) const {
    if (!find(key)->is_object()) throw refuse(key, "not an object");
    return {*find(key), file_, within_ + std::string(key) + "."};
  }

 private:
  const Json& object_;
  std::string file_, within_;
};

const Architecture& find_architecture(const Reader& in, const std::string& file) {
  const std::string found = in.text("model_type", "");
  std::vector<std::string> known;
  for (const Architecture& row : architectures()) {
    if (row.model_type == found) return row;
    known.emplace_back(row.model_type);
  }
  const std::string supported = fmt::format("{}", fmt::join(known, ", "));
  if (found.empty()) throw input_error("{}: no model_type; supported are {}", file, supported);
  throw input_error("{}: model_type '{}' is not supported{}; supported are {}", file, found,
                    did_you_mean(found, known), supported);
}

/// `rope_parameters` (transformers 5) or `rope_theta` and `rope_scaling` (4).
RotaryConfig read_rotary(const Reader& in) {
  RotaryConfig out;
  out.theta = in.number("rope_theta", out.theta);
  const std::string_view key = in.find("rope_parameters") != nullptr ? "rope_parameters" : "rope_scaling";
  if (in.number("partial_rotary_factor", 1) != 1)
    throw in.refuse("partial_rotary_factor", "only 1 is supported");
  if (in.find(key) == nullptr) return out;
  const Reader rope = in.object(key);
  out.theta = rope.number("rope_theta", out.theta);
  if (rope.number("partial_rotary_factor", 1) != 1)
    throw rope.refuse("partial_rotary_factor", "only 1 is supported");
  const std::string type = rope.text("rope_type", rope.text("type", "default"));
  if (type == "default") return out;
  if (type != "linear" && type != "llama3")
    throw rope.refuse("rope_type",
                      fmt::format("'{}' is not supported; supported are default, linear, llama3", type));
  if (rope.find("factor") == nullptr) throw rope.refuse("factor", fmt::format("needed by {}", type));
  out.factor = rope.number("factor", 1);
  if (!(out.factor > 0)) throw rope.refuse("factor", "must be positive");
  out.scaling = type == "linear" ? RotaryConfig::Scaling::Linear : RotaryConfig::Scaling::Llama3;
  out.low_freq_factor = rope.number("low_freq_factor", out.low_freq_factor);
  out.high_freq_factor = rope.number("high_freq_factor", out.high_freq_factor);
  out.original_max_positions = rope.number("original_max_position_embeddings", out.original_max_positions);
  if (type == "llama3" && !(out.high_freq_factor > out.low_freq_factor))
    throw rope.refuse("high_freq_factor", "must exceed low_freq_factor");
  return out;
}

std::vector<std::string> read_labels(const Reader& in) {
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

void refuse_unsupported(const Reader& in) {
  if (in.text("position_embedding_type", "absolute") != "absolute")
    throw in.refuse("position_embedding_type", fmt::format("'{}' is not supported, only absolute",
                                                           in.text("position_embedding_type", "")));
  if (in.flag("add_cross_attention", false)) throw in.refuse("add_cross_attention", "not supported");
  if (in.find("quantization_config") != nullptr)
    throw in.refuse("quantization_config", "quantised weights are not supported; save the model without");
}

std::optional<std::int64_t> read_window(const Reader& in) {
  if (in.find("sliding_window") == nullptr || !in.flag("use_sliding_window", true)) return std::nullopt;
  const Json* layers = in.find("layer_types");
  if (layers != nullptr && std::find(layers->begin(), layers->end(), "sliding_attention") == layers->end())
    return std::nullopt;
  return in.size("sliding_window");
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
  const Reader in(object, file.string());
  const Architecture& row = find_architecture(in, file.string());
  refuse_unsupported(in);

  ModelConfig c;
  c.file = file;
  c.architecture = &row;
  c.model_type = row.model_type;
  if (const Json* classes = in.find("architectures"); classes != nullptr && classes->is_array())
    for (const Json& name : *classes)
      if (name.is_string()) c.class_names.push_back(name.get<std::string>());

  c.vocabulary = in.size("vocab_size");
  c.width = in.size(row.keys.width);
  // GPT-2's n_inner is null where it is four times the width.
  c.mlp_width = row.model_type == "gpt2" && in.find(row.keys.mlp_width) == nullptr
                    ? 4 * c.width
                    : in.size(row.keys.mlp_width);
  c.blocks = static_cast<int>(in.size(row.keys.blocks));
  c.heads = in.size(row.keys.heads);
  c.kv_heads = row.keys.kv_heads.empty() || in.find(row.keys.kv_heads) == nullptr
                   ? c.heads
                   : in.size(row.keys.kv_heads);
  if (c.heads % c.kv_heads != 0)
    throw in.refuse(row.keys.kv_heads, fmt::format("{} heads do not share {} evenly", c.heads, c.kv_heads));
  if (row.positions == PositionKind::Rotary && in.find("head_dim") != nullptr) {
    c.head_width = in.size("head_dim");
  } else {
    if (c.width % c.heads != 0)
      throw in.refuse(row.keys.heads, fmt::format("{} heads do not divide a width of {}", c.heads, c.width));
    c.head_width = c.width / c.heads;
  }
  if (row.positions == PositionKind::Rotary && c.head_width % 2 != 0)
    throw in.refuse("head_dim", fmt::format("{} is odd, which rotary positions cannot be", c.head_width));
  c.max_positions = in.size(row.keys.max_positions);
  if (!row.keys.types.empty()) c.types = in.integer(row.keys.types, 2);
  if (c.types < 0) throw in.refuse(row.keys.types, "is negative");
  const Json* pad = in.find("pad_token_id");
  c.pad_id = pad != nullptr && pad->is_number_integer() ? pad->get<std::int64_t>() : -1;
  if (row.positions_after_pad) {
    if (c.pad_id < 0) c.pad_id = 1;
    c.position_offset = c.pad_id + 1;
    c.max_positions -= c.position_offset;
    if (c.max_positions < 1)
      throw in.refuse(row.keys.max_positions, "leaves no position after the padding id");
  }
  c.sliding_window = read_window(in);

  c.norm_eps = row.keys.norm_eps.empty() ? row.norm_eps : in.number(row.keys.norm_eps, row.norm_eps);
  c.activation = in.text(row.keys.activation, row.activation);
  if (find_activation(c.activation) == nullptr)
    throw in.refuse(
        row.keys.activation,
        fmt::format("'{}' is not supported{}; supported are {}", c.activation,
                    did_you_mean(c.activation, activation_names()), fmt::join(activation_names(), ", ")));
  c.causal = row.causal || in.flag("is_decoder", false);
  c.tied = in.flag("tie_word_embeddings", row.tied);
  c.attention_bias = row.gated() ? in.flag("attention_bias", row.attention_bias) : row.attention_bias;
  c.output_bias = row.gated() ? in.flag("attention_bias", row.output_bias) : row.output_bias;
  c.mlp_bias = row.gated() ? in.flag("mlp_bias", row.mlp_bias) : row.mlp_bias;
  if (row.model_type == "gpt2") {
    c.scale_attention = in.flag("scale_attn_weights", true);
    c.scale_by_block = in.flag("scale_attn_by_inverse_layer_idx", false);
  }
  if (row.positions == PositionKind::Rotary) c.rotary = read_rotary(in);
  c.sinusoidal = in.flag("sinusoidal_pos_embds", false);
  c.initializer_range = in.number("initializer_range", c.initializer_range);
  c.labels = read_labels(in);
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
  const double scale = scale_attention ? 1 / std::sqrt(static_cast<double>(head_width)) : 1;
  return scale_by_block ? scale / (block + 1) : scale;
}

bool ModelConfig::is_class(std::string_view ending) const {
  return std::any_of(class_names.begin(), class_names.end(),
                     [&](const std::string& name) { return name.ends_with(ending); });
}

}  // namespace neurox::model
