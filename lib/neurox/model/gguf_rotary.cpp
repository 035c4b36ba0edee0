#include "neurox/model/gguf_rotary.h"

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"

namespace neurox::model {

GgufRotary gguf_rotary(const GgufFile& file, const std::string& architecture) {
  const std::string scope = architecture + ".rope.", scaling = scope + "scaling.";
  GgufRotary out;
  // A factor without a type is linear, and so is the key of older files.
  out.factor = file.number_or(scaling + "factor", file.number_or(scope + "scale_linear", 0));
  if (out.factor == 0) out.factor = 1;
  const std::string type = file.has(scaling + "type") ? file.text(scaling + "type") : "linear";
  if (type != "none" && type != "linear" && type != "yarn")
    throw input_error("{}: {}type '{}' is not supported; supported are none, linear, yarn",
                      file.file().string(), scaling, type);
  if (!(out.factor > 0 && std::isfinite(out.factor)))
    throw input_error("{}: {}factor: {} is not above 0", file.file().string(), scaling, out.factor);
  if (type == "none") return {};
  if (type == "linear") {
    if (out.factor != 1) out.kind = GgufRotary::Kind::Linear;
    return out;
  }
  out.kind = GgufRotary::Kind::Yarn;
  if (file.has(scaling + "yarn_log_multiplier"))
    throw input_error("{}: {}yarn_log_multiplier is not supported", file.file().string(), scaling);
  const std::string trained = architecture + ".context_length";
  out.original_length =
      static_cast<double>(file.integer_or(scaling + "original_context_length", file.integer_or(trained, 0)));
  if (!(out.original_length > 0))
    throw input_error("{}: {}original_context_length: {} is not above 0", file.file().string(), scaling,
                      out.original_length);
  out.beta_fast = file.number_or(scaling + "yarn_beta_fast", out.beta_fast);
  out.beta_slow = file.number_or(scaling + "yarn_beta_slow", out.beta_slow);
  if (!(out.beta_slow > 0 && out.beta_fast >= out.beta_slow))
    throw input_error("{}: {}yarn_beta_fast {} and yarn_beta_slow {}; the first must not be below the second",
                      file.file().string(), scaling, out.beta_fast, out.beta_slow);
  out.attention_factor =
      file.number_or(scaling + "attn_factor", 1) * (out.factor <= 1 ? 1 : 0.1 * std::log(out.factor) + 1);
  return out;
}

std::vector<float> yarn_divisors(const GgufRotary& rotary, double theta, std::int64_t width) {
  /// The column whose frequency turns so many times within the original length.
  const auto column = [&](double turns) {
    return static_cast<double>(width) * std::log(rotary.original_length / (turns * 2 * M_PI)) /
           (2 * std::log(theta));
  };
  const double first = std::max(0.0, std::floor(column(rotary.beta_fast)));
  const double last = std::min(static_cast<double>(width - 1), std::ceil(column(rotary.beta_slow)));
  std::vector<float> out;
  for (std::int64_t i = 0; i < width / 2; ++i) {
    const double done = (static_cast<double>(i) - first) / std::max(0.001, last - first);
    const double share = 1 - std::clamp(done, 0.0, 1.0);
    out.push_back(static_cast<float>(1 / (share + (1 - share) / rotary.factor)));
  }
  return out;
}

}  // namespace neurox::model
