#include "neurox/model/config_rotary.h"

#include <fmt/format.h>

namespace neurox::model {
namespace {

/// One object of settings on top of `out`.
RotaryConfig read_one(const ConfigReader& rope, RotaryConfig out) {
  out.theta = rope.number("rope_theta", out.theta);
  out.part = rope.number("partial_rotary_factor", out.part);
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

}  // namespace

void read_rotary(const ConfigReader& in, ModelConfig& config) {
  const Architecture& row = *config.architecture;
  RotaryConfig out;
  out.theta = in.number("rope_theta", in.number("rotary_emb_base", row.rotary_theta));
  out.part = in.number("partial_rotary_factor", in.number("rotary_pct", row.rotary_part));
  RotaryConfig local;  // of Gemma 3's sliding blocks
  local.theta = in.number("rope_local_base_freq", local.theta);
  const std::string_view key = in.find("rope_parameters") != nullptr ? "rope_parameters" : "rope_scaling";
  if (in.find(key) != nullptr) {
    const ConfigReader rope = in.object(key);
    if (rope.find("full_attention") != nullptr) {
      out = read_one(rope.object("full_attention"), out);
      if (rope.find("sliding_attention") != nullptr)
        local = read_one(rope.object("sliding_attention"), local);
    } else {
      out = read_one(rope, out);
    }
  }
  if (!(out.part > 0 && out.part <= 1))
    throw in.refuse("partial_rotary_factor", "must be above 0, at most 1");
  config.rotary = out;
  if (row.model_type == "gemma3_text") config.local_rotary = local;
  const auto turned = static_cast<std::int64_t>(static_cast<double>(config.head_width) * out.part);
  if (turned % 2 != 0)
    throw in.refuse("head_dim", fmt::format("{} is odd, which rotary positions cannot be", turned));
}

}  // namespace neurox::model
