#include "neurox/attribute/infidelity.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/rand.h>

#include <algorithm>
#include <vector>

#include "neurox/core/error.h"

namespace neurox::attribute {

using torch::Tensor;

Infidelity infidelity(const Tensor& predicted, const Tensor& change) {
  if (predicted.numel() == 0 || predicted.numel() != change.numel())
    throw usage_error("infidelity: {} predictions for {} changes", predicted.numel(), change.numel());
  const Tensor a = predicted.reshape({-1}).to(torch::kCPU, torch::kFloat64),
               b = change.reshape({-1}).to(torch::kCPU, torch::kFloat64);
  const auto aa = a.square().sum().item<double>(), ab = (a * b).sum().item<double>();
  const double scale = aa > 0 ? ab / aa : 0;
  return {(a - b).square().mean().item<double>(), (scale * a - b).square().mean().item<double>()};
}

Tensor per_unit(const Tensor& values, const Tensor& x, const Tensor& from) {
  const Tensor way = x.to(torch::kFloat64) - from.to(torch::kFloat64);
  return values.to(torch::kFloat64) / at::where(way == 0, at::ones_like(way), way);
}

double sensitivity_max(const Explanation& explain, const Tensor& x, const Tensor& perturbations) {
  if (perturbations.dim() != x.dim() + 1 || perturbations.size(0) < 1 ||
      perturbations.sizes().slice(1) != x.sizes())
    throw usage_error("sensitivity: {} numbers of perturbations for an input of {}", perturbations.numel(),
                      x.numel());
  const auto norm = [](const Tensor& t) { return t.square().sum().sqrt().item<double>(); };
  const Tensor here = explain(x).to(torch::kFloat64);
  const double length = norm(here);
  double most = 0;
  for (const Tensor& p : perturbations.unbind(0))
    most = std::max(most, norm(here - explain(x + p).to(torch::kFloat64)));
  return most / (length > 0 ? length : 1);
}

Tensor uniform_noise(const Tensor& x, int draws, double radius, std::uint64_t seed) {
  auto generator = at::detail::createCPUGenerator(seed);
  std::vector<std::int64_t> sizes{draws};
  sizes.insert(sizes.end(), x.sizes().begin(), x.sizes().end());
  return ((2 * at::rand(sizes, generator, torch::kFloat32) - 1) * radius).to(x.options());
}

}  // namespace neurox::attribute
