#include "neurox/attribute/gradients.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "neurox/attribute/doubles.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/core/random.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// Weighted sum over a path of what `each` makes of some points of it, with memory for a few points only.
/// @param each  (points of the path, their weights as float64) -> #tokens x width float64
template <class Each>
Tensor along(const SentenceFunction& f, const Tensor& from, const Tensor& to, const Quadrature& path,
             const Each& each) {
  Tensor sum = at::zeros(from.sizes(), from.options().dtype(torch::kFloat64));
  const Tensor nodes = torch::tensor(path.nodes, torch::kFloat64),
               weights = torch::tensor(path.weights, torch::kFloat64);
  const Tensor step = doubles(to) - doubles(from);
  const auto n = static_cast<std::int64_t>(path.nodes.size());
  for (std::int64_t first = 0; first < n; first += f.points_per_pass()) {
    const std::int64_t count = std::min(f.points_per_pass(), n - first);
    const auto some = [&](const Tensor& x) {
      return x.narrow(0, first, count).view({-1, 1, 1}).to(from.device());
    };
    sum += each((doubles(from) + some(nodes) * step).to(from.scalar_type()), some(weights));
  }
  return sum;
}

/// Doubles the steps until the sum rule holds.
template <class Attempt>
InputAttribution until_complete(const PathOptions& options, const Attempt& attempt) {
  for (int steps = options.steps;; steps *= 2) {
    InputAttribution out = attempt(quadrature(options.rule, steps));
    out.steps = steps;
    const bool met = options.tolerance <= 0 || !std::isfinite(out.delta) ||
                     std::abs(out.delta) <= options.tolerance * std::abs(out.value - out.baseline);
    if (met || 2 * steps > options.most_steps) return out;
  }
}

}  // namespace

InputAttribution saliency(const SentenceFunction& f) {
  const auto at_input = f.gradients(f.embeddings().unsqueeze(0));
  return {at_input.inputs[0], at_input.values.item<double>(), no_value, no_value, 1};
}

InputAttribution input_x_gradient(const SentenceFunction& f) {
  const Tensor x = f.embeddings();
  const auto at_input = f.gradients(x.unsqueeze(0));
  return {x * at_input.inputs[0], at_input.values.item<double>(), no_value, no_value, 1};
}

InputAttribution smooth_grad(const SentenceFunction& f, const NoiseOptions& options) {
  const Tensor x = f.embeddings();
  const auto range = (x.max() - x.min()).item<double>();
  auto generator = at::detail::createCPUGenerator(options.seed);
  const Tensor noise = at::randn({options.samples, x.size(0), x.size(1)}, generator, torch::kFloat32);
  return smooth_grad(f, (noise * (options.deviation * range)).to(x.options()), options);
}

InputAttribution smooth_grad(const SentenceFunction& f, const Tensor& noise, const NoiseOptions& options) {
  const Tensor x = f.embeddings();
  if (noise.dim() != 3 || noise.size(0) < 1 || noise.size(1) != x.size(0) || noise.size(2) != x.size(1))
    throw usage_error("smoothgrad: noise of {} numbers for {} x {}", noise.numel(), x.size(0), x.size(1));
  Tensor sum = at::zeros(x.sizes(), x.options().dtype(torch::kFloat64)), squares = sum.clone();
  for (const Tensor& part : noise.split(f.points_per_pass())) {
    const Tensor points = x + part;
    Tensor g = doubles(f.gradients(points).inputs);
    if (options.times_input) g = g * points;
    sum += g.sum(0);
    squares += g.square().sum(0);
  }
  const auto n = static_cast<double>(noise.size(0));
  const Tensor mean = sum / n, square = squares / n;
  const Tensor joined = options.join == NoiseOptions::Join::Mean     ? mean
                        : options.join == NoiseOptions::Join::Square ? square
                                                                     : square - mean.square();
  return {joined, f.value(x), no_value, no_value, static_cast<int>(noise.size(0))};
}

InputAttribution integrated_gradients(const SentenceFunction& f, const Tensor& baseline,
                                      const PathOptions& options) {
  const Tensor x = f.embeddings();
  const double value = f.value(x), at_baseline = f.value(baseline);
  return until_complete(options, [&](const Quadrature& path) {
    const Tensor gradient = along(f, baseline, x, path, [&](const Tensor& points, const Tensor& weights) {
      return (weights * doubles(f.gradients(points).inputs)).sum(0);
    });
    const Tensor values = (doubles(x) - doubles(baseline)) * gradient;
    return InputAttribution{values, value, at_baseline, values.sum().item<double>() - (value - at_baseline),
                            0};
  });
}

InputAttribution expected_gradients(const SentenceFunction& f, const Tensor& baselines,
                                    const ExpectedOptions& options) {
  Random random(options.seed);
  std::vector<std::int64_t> which;
  std::vector<double> where;
  for (int i = 0; i < options.samples; ++i) {
    which.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(baselines.size(0)))));
    where.push_back(static_cast<double>(random.next() >> 11U) * 0x1p-53);
  }
  return expected_gradients(f, baselines, which, where);
}

InputAttribution expected_gradients(const SentenceFunction& f, const Tensor& baselines,
                                    std::span<const std::int64_t> which, std::span<const double> where) {
  const Tensor x = f.embeddings();
  const auto n = static_cast<std::int64_t>(which.size());
  if (n == 0 || where.size() != which.size()) throw usage_error("expected gradients: {} draws", n);
  Tensor sum = at::zeros(x.sizes(), x.options().dtype(torch::kFloat64));
  for (std::int64_t first = 0; first < n; first += f.points_per_pass()) {
    const std::int64_t count = std::min(f.points_per_pass(), n - first);
    std::vector<std::int64_t> rows(which.begin() + first, which.begin() + first + count);
    std::vector<double> places(where.begin() + first, where.begin() + first + count);
    const Tensor from = doubles(baselines.index_select(0, torch::tensor(rows, torch::kInt64).to(x.device())));
    const Tensor step = doubles(x) - from;
    const Tensor alpha = torch::tensor(places, torch::kFloat64).view({-1, 1, 1}).to(x.device());
    sum += (step * doubles(f.gradients((from + alpha * step).to(x.scalar_type())).inputs)).sum(0);
  }
  const Tensor values = sum / static_cast<double>(n);
  const double value = f.value(x);
  const auto expected = doubles(f.values(baselines)).mean().item<double>();
  return {values, value, expected, values.sum().item<double>() - (value - expected), static_cast<int>(n)};
}

InputAttribution neuron_conductance(const SentenceFunction& f, const Tensor& baseline, Site site,
                                    std::span<const std::int64_t> positions, std::int64_t neuron,
                                    const PathOptions& options) {
  for (const std::int64_t position : positions)
    if (position < 0 || position >= f.tokens())
      throw usage_error("{}:{} at token {}: there is none", full_name(site), neuron, position);
  const Tensor at = positions.empty()
                        ? at::arange(f.tokens(), torch::kInt64)
                        : torch::tensor(std::vector(positions.begin(), positions.end()), torch::kInt64);
  const Tensor x = f.embeddings();
  const double value = f.value(x), at_baseline = f.value(baseline);
  return until_complete(options, [&](const Quadrature& path) {
    const Tensor gradient = along(f, baseline, x, path, [&](const Tensor& points, const Tensor& weights) {
      const Tensor input = points.detach().requires_grad_(true);
      Tensor seen;
      Tensor values;
      {
        const auto guard = f.observe(site, [&](const Tensor& y) { seen = y; });
        values = f.graph(input);
      }
      if (!seen.defined()) throw usage_error("{}: the target does not depend on it", full_name(site));
      const std::int64_t n = points.size(0);
      if (neuron < 0 || neuron >= seen.size(1))
        throw usage_error("{}: no neuron {}; it has {}", full_name(site), neuron, seen.size(1));
      const Tensor use = torch::autograd::grad({values.sum()}, {seen}, {}, true, false, true)[0];
      if (!use.defined())
        throw usage_error("{}: the target does not depend on it, or not by a gradient", full_name(site));
      const auto of_unit = [&](const Tensor& y) {
        return y.view({n, f.tokens(), -1}).select(2, neuron).index_select(1, at.to(y.device()));
      };
      // The factor df/dn is a number here: only dn/dx is differentiated.
      const Tensor unit =
          (of_unit(seen) * of_unit(use).detach() * weights.view({-1, 1}).to(seen.scalar_type())).sum();
      return doubles(torch::autograd::grad({unit}, {input}, {}, false, false, true)[0]).sum(0);
    });
    return InputAttribution{(doubles(x) - doubles(baseline)) * gradient, value, at_baseline, no_value, 0};
  });
}

}  // namespace neurox::attribute
