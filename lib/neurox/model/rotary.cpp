#include "neurox/model/rotary.h"

#include <cmath>
#include <utility>

namespace neurox::model {

std::int64_t turned_columns(const RotaryConfig& config, std::int64_t head_width) {
  return static_cast<std::int64_t>(static_cast<double>(head_width) * config.part);
}

torch::Tensor rotary_angles(const RotaryConfig& config, std::int64_t head_width, std::int64_t positions,
                            const torch::Tensor& divisors) {
  const std::int64_t turned = turned_columns(config, head_width);
  torch::Tensor exponents = torch::arange(0, turned, 2).to(torch::kFloat32) / static_cast<double>(turned);
  torch::Tensor frequencies = 1.0 / torch::pow(config.theta, exponents);
  if (config.scaling == RotaryConfig::Scaling::Linear) frequencies = frequencies / config.factor;
  if (config.scaling == RotaryConfig::Scaling::Llama3) {
    const torch::Tensor turns = frequencies * (config.original_max_positions / (2 * M_PI));
    const torch::Tensor kept =
        ((turns - config.low_freq_factor) / (config.high_freq_factor - config.low_freq_factor)).clamp(0, 1);
    frequencies = (1 - kept) * frequencies / config.factor + kept * frequencies;
  }
  if (divisors.defined()) frequencies = frequencies / divisors;
  return torch::outer(torch::arange(positions).to(torch::kFloat32), frequencies);
}

torch::Tensor rotate(const torch::Tensor& x, const std::pair<torch::Tensor, torch::Tensor>& angles) {
  const auto& [cos, sin] = angles;
  const std::int64_t half = cos.size(-1), rest = x.size(-1) - 2 * half;
  const torch::Tensor a = x.narrow(-1, 0, half), b = x.narrow(-1, half, half);
  if (rest == 0) return at::cat({a * cos - b * sin, b * cos + a * sin}, -1);
  return at::cat({a * cos - b * sin, b * cos + a * sin, x.narrow(-1, 2 * half, rest)}, -1);
}

}  // namespace neurox::model
