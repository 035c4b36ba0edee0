#include "neurox/model/sinusoids.h"

#include <cmath>

namespace neurox::model {

torch::Tensor sinusoid_halves(SinusoidKind kind, std::int64_t rows, std::int64_t width) {
  const std::int64_t sines = (width + 1) / 2, cosines = width / 2;
  if (kind == SinusoidKind::Fairseq) {
    // In float32 all along, as transformers computes it: an angle of 1000 keeps 4 digits.
    const std::int64_t half = width / 2;
    const double step = std::log(10000.0) / static_cast<double>(half - 1);
    const torch::Tensor rates = (torch::arange(half, torch::kInt64).to(torch::kFloat32) * -step).exp();
    const torch::Tensor angles =
        torch::arange(rows, torch::kInt64).to(torch::kFloat32).unsqueeze(1) * rates.unsqueeze(0);
    const torch::Tensor out = at::cat({angles.sin(), angles.cos()}, 1);
    return width % 2 == 0 ? out : at::cat({out, torch::zeros({rows, 1})}, 1);
  }
  const torch::Tensor rates =
      torch::pow(10000.0, -2 * torch::arange(sines).to(torch::kFloat64) / static_cast<double>(width));
  const torch::Tensor angles = torch::outer(torch::arange(rows).to(torch::kFloat64), rates);
  return at::cat({angles.sin(), angles.narrow(1, 0, cosines).cos()}, 1).to(torch::kFloat32);
}

}  // namespace neurox::model
