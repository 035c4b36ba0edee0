#include "neurox/attribute/integrated_hessians.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>

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

/// Sum over the nodes of weight (p C(p) + diagonal of c(p)), C and c the contractions of Hessian and gradient
/// with D.
Tensor integral(const SentenceFunction& f, const Tensor& from, const Tensor& way, int nodes) {
  const Quadrature rule = quadrature(Rule::GaussLegendre, nodes);
  std::vector<double> places, weights;
  for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
    const double t = rule.nodes[k];
    places.push_back(t * t);
    weights.push_back(-4 * t * std::log(t) * rule.weights[k]);
  }
  const Tensor moves = way.abs().amax(1).to(torch::kCPU) > 0;
  Tensor sum = at::zeros({f.tokens(), f.tokens()}, torch::kFloat64);
  // The graph of a second derivative holds about three passes.
  const std::int64_t together = std::max<std::int64_t>(1, f.points_per_pass() / 3);
  for (std::int64_t first = 0; first < nodes; first += together) {
    const std::int64_t n = std::min<std::int64_t>(together, nodes - first);
    const auto part = [&](std::vector<double>& all) {
      return torch::from_blob(all.data() + first, {n}, torch::kFloat64).clone();
    };
    const Tensor p = part(places), weight = part(weights);
    const Tensor points = (from + p.to(way.options()).reshape({n, 1, 1}) * way).requires_grad_(true);
    // Nodes do not mix: the derivative of their sum is each one's own.
    const Tensor gradient = derivative(f.graph(points).sum(), points, true);
    const Tensor along = (gradient * way).sum(2);  // #nodes x #tokens
    sum.diagonal().add_(at::matmul(weight, along.detach().to(torch::kCPU, torch::kFloat64)));
    for (std::int64_t i = 0; i < f.tokens(); ++i) {
      if (!moves[i].item<bool>()) continue;
      const Tensor row = (derivative(along.select(1, i).sum(), points, false) * way).sum(2);
      sum[i] += at::matmul(weight * p, row.to(torch::kCPU, torch::kFloat64));
    }
  }
  return (sum + sum.t()) / 2;
}

}  // namespace

PairAttribution integrated_hessians(const SentenceFunction& f, const Tensor& baseline,
                                    const IntegratedHessiansOptions& options) {
  const Tensor x = f.embeddings();
  if (baseline.sizes() != x.sizes())
    throw usage_error("baseline: {} numbers for {} tokens x {}", baseline.numel(), x.size(0), x.size(1));
  const Tensor from = baseline.to(x.options());
  const Tensor ends = f.values(at::stack({x, from})).to(torch::kCPU, torch::kFloat64);
  PairAttribution out{{}, ends[0].item<double>(), ends[1].item<double>(), 0, options.nodes};
  const double change = out.value - out.baseline;
  for (;; out.nodes *= 2) {
    out.values = integral(f, from, x - from, out.nodes);
    out.delta = out.values.sum().item<double>() - change;
    const bool met = options.tolerance <= 0 || std::abs(out.delta) <= options.tolerance * std::abs(change);
    if (met || 2 * out.nodes > options.most_nodes) return out;
  }
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
