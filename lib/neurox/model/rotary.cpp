#include "neurox/model/rotary.h"

#include <cmath>
#include <utility>

namespace neurox::model {

torch::Tensor rotary_angles(const RotaryConfig& config, std::int64_t head_width, std::int64_t positions) {
  torch::Tensor exponents =
      torch::arange(0, head_width, 2).to(torch::kFloat32) / static_cast<double>(head_width);
  torch::Tensor frequencies = 1.0 / torch::pow(config.theta, exponents);
  if (config.scaling == RotaryConfig::Scaling::Linear) frequencies = frequencies / config.factor;
  if (config.scaling == RotaryConfig::Scaling::Llama3) {
    const torch::Tensor turns = frequencies * (config.original_max_positions / (2 * M_PI));
    const torch::Tensor kept =
        ((turns - config.low_freq_factor) / (config.high_freq_factor - config.low_freq_factor)).clamp(0, 1);
    frequencies = (1 - kept) * frequencies / config.factor + kept * frequencies;
  }
  return torch::outer(torch::arange(positions).to(torch::kFloat32), frequencies);
}

torch::Tensor rotate(const torch::Tensor& x, const std::pair<torch::Tensor, torch::Tensor>& angles) {
  const auto& [cos, sin] = angles;
  const std::int64_t half = x.size(-1) / 2;
  const torch::Tensor a = x.narrow(-1, 0, half), b = x.narrow(-1, half, half);
  return at::cat({a * cos - b * sin, b * cos + a * sin}, -1);
}

}  // namespace neurox::model
