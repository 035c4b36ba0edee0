#include "neurox/attribute/integrated_hessians.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "neurox/attribute/quadrature.h"
#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// Gradients that may be gradients of gradients; zeros where the input has no part in it.
Tensor derivative(const Tensor& of, const Tensor& by, bool twice) {
  const Tensor out = [&] {
    try {
      return torch::autograd::grad({of}, {by}, {}, true, twice, true)[0];
    } catch (const c10::Error& e) {
      throw numeric_error("Integrated Hessians: the model has no second derivative: {}",
                          e.what_without_backtrace());
    }
  }();
  if (!out.defined()) return at::zeros_like(by);
  if (!out.isfinite().all().item<bool>())
    throw numeric_error(
        "Integrated Hessians: a derivative is not finite; the model's weights or the baseline overflow");
  return out;
}

/// A line and what stands along it.
struct Line {
  Tensor from, way;  ///< #tokens x width
  /// #nodes, a graph on points (#nodes x #tokens x width)
  std::function<Tensor(const Tensor&)> value;
  /// #nodes x #tokens x width to #nodes x #parts
  std::function<Tensor(const Tensor&)> parts;
  std::int64_t together;  ///< nodes that go through at a time
};

/// Sum over the nodes of weight (p C(p) + diagonal of c(p)), C and c the contractions of Hessian and gradient
/// with D.
Tensor integral(const Line& line, int nodes) {
  const Quadrature rule = quadrature(Rule::GaussLegendre, nodes);
  std::vector<double> places, weights;
  for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
    const double t = rule.nodes[k];
    places.push_back(t * t);
    weights.push_back(-4 * t * std::log(t) * rule.weights[k]);
  }
  const Tensor moves = line.parts(line.way.abs().unsqueeze(0))[0].to(torch::kCPU) > 0;
  const std::int64_t players = moves.size(0);
  Tensor sum = at::zeros({players, players}, torch::kFloat64);
  for (std::int64_t first = 0; first < nodes; first += line.together) {
    const std::int64_t n = std::min<std::int64_t>(line.together, nodes - first);
    const auto part = [&](std::vector<double>& all) {
      return torch::from_blob(all.data() + first, {n}, torch::kFloat64).clone();
    };
    const Tensor p = part(places), weight = part(weights);
    const Tensor points =
        (line.from + p.to(line.way.options()).reshape({n, 1, 1}) * line.way).requires_grad_(true);
    // Nodes do not mix: the derivative of their sum is each one's own.
    const Tensor gradient = derivative(line.value(points).sum(), points, true);
    const Tensor along = line.parts(gradient * line.way);  // #nodes x #parts
    sum.diagonal().add_(at::matmul(weight, along.detach().to(torch::kCPU, torch::kFloat64)));
    for (std::int64_t i = 0; i < players; ++i) {
      if (!moves[i].item<bool>() || !along.requires_grad()) continue;
      const Tensor row = line.parts(derivative(along.select(1, i).sum(), points, false) * line.way);
      sum[i] += at::matmul(weight * p, row.to(torch::kCPU, torch::kFloat64));
    }
  }
  return (sum + sum.t()) / 2;
}

/// A change of the gap by less than this share of it, from twice the nodes: the gap is not theirs.
constexpr double settled = 0.1;

PairAttribution until_met(const Line& line, double value, double baseline,
                          const IntegratedHessiansOptions& options) {
  PairAttribution out{{}, value, baseline, 0, options.nodes};
  const double change = out.value - out.baseline;
  for (double before = 0;; out.nodes *= 2) {
    out.values = integral(line, out.nodes);
    out.delta = out.values.sum().item<double>() - change;
    const bool met = options.tolerance <= 0 || std::abs(out.delta) <= options.tolerance * std::abs(change);
    const bool stays =
        out.nodes > options.nodes && std::abs(out.delta - before) <= settled * std::abs(out.delta);
    if (met || stays || 2 * out.nodes > options.most_nodes) return out;
    before = out.delta;
  }
}

/// The graph of a second derivative holds about three passes.
std::int64_t nodes_together(const SentenceFunction& f) {
  return std::max<std::int64_t>(1, f.points_per_pass() / 3);
}

}  // namespace

PairAttribution integrated_hessians(const SentenceFunction& f, const Tensor& baseline,
                                    const IntegratedHessiansOptions& options) {
  const Tensor x = f.embeddings();
  if (baseline.sizes() != x.sizes())
    throw usage_error("baseline: {} numbers for {} tokens x {}", baseline.numel(), x.size(0), x.size(1));
  const Tensor from = baseline.to(x.options());
  const Tensor ends = f.values(at::stack({x, from})).to(torch::kCPU, torch::kFloat64);
  const Line line{from, x - from, [&](const Tensor& points) { return f.graph(points); },
                  [](const Tensor& t) { return t.sum(2); }, nodes_together(f)};
  return until_met(line, ends[0].item<double>(), ends[1].item<double>(), options);
}

PairAttribution integrated_hessians_at(const SentenceFunction& f, Site site, const Tensor& baseline,
                                       std::span<const std::int64_t> group,
                                       const IntegratedHessiansOptions& options) {
  const Tensor words = f.embeddings();
  if (baseline.sizes() != words.sizes())
    throw usage_error("baseline: {} numbers for {} tokens x {}", baseline.numel(), words.size(0),
                      words.size(1));
  const Tensor x = f.activations(words, {&site, 1})[0].detach(),
               from = f.activations(baseline.to(words.options()), {&site, 1})[0].detach();
  if (static_cast<std::int64_t>(group.size()) != x.size(1))
    throw usage_error("{}: groups of {} neurons, but it has {}", full_name(site), group.size(), x.size(1));
  const std::int64_t groups = *std::max_element(group.begin(), group.end()) + 1;
  Tensor of_group = at::zeros({x.size(1), groups}, x.options());
  for (std::size_t j = 0; j < group.size(); ++j) of_group[static_cast<std::int64_t>(j)][group[j]] = 1;
  const Tensor ends = f.values_at(site, at::stack({x, from})).to(torch::kCPU, torch::kFloat64);
  const Line line{from, x - from, [&](const Tensor& points) { return f.graph_at(site, points); },
                  [&](const Tensor& t) { return t.sum(1).matmul(of_group); }, nodes_together(f)};
  return until_met(line, ends[0].item<double>(), ends[1].item<double>(), options);
}

Tensor join_pairs(const Tensor& pairs, std::span<const std::vector<std::int64_t>> words) {
  Tensor join = at::zeros({static_cast<std::int64_t>(words.size()), pairs.size(0)}, pairs.options());
  for (std::size_t w = 0; w < words.size(); ++w)
    for (const std::int64_t position : words[w]) {
      if (position < 0 || position >= pairs.size(0))
        throw usage_error("word {}: position {} of {}", w, position, pairs.size(0));
      join[static_cast<std::int64_t>(w)][position] = 1;
    }
  return at::matmul(join, at::matmul(pairs, join.t()));
}

}  // namespace neurox::attribute
