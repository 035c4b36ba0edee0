#include "neurox/attribute/attention.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>

#include "neurox/attribute/doubles.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/model/transformer.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// One sentence's pattern without the axis of sentences.
Tensor only(const Tensor& x) {
  return x.dim() == 4 ? x.squeeze(0) : x;
}

std::vector<Tensor> observed(const SentenceFunction& f, std::span<const Site> sites) {
  const torch::NoGradGuard no_gradients;
  std::vector<Tensor> out(sites.size());
  std::vector<model::Hooks::Guard> guards;
  for (std::size_t i = 0; i < sites.size(); ++i)
    guards.push_back(f.observe(sites[i], [&out, i](const Tensor& x) { out[i] = x.detach(); }));
  f.model().forward(f.sentence());
  return out;
}

/// #heads x #tokens x width: what each head hands on of each position, through its part of W_O.
Tensor handed_on(const model::Model& model, int block, const Tensor& v) {
  const model::ModelConfig& c = model.config();
  const std::int64_t tokens = v.size(0), sharers = c.heads / c.kv_heads;
  const Tensor values = doubles(v)
                            .view({tokens, c.kv_heads, 1, c.head_width})
                            .expand({tokens, c.kv_heads, sharers, c.head_width})
                            .reshape({tokens, c.heads, c.head_width})
                            .transpose(0, 1);
  const Tensor writer = doubles(model.layers(block).attention_out.weight)
                            .view({c.width, c.heads, c.head_width})
                            .permute({1, 2, 0});
  return values.matmul(writer);
}

AttentionMaps untargeted(std::vector<Tensor> maps) {
  AttentionMaps out;
  out.maps = std::move(maps);
  out.value = no_value;
  return out;
}

/// One block's attribution by one rule, with the sum of all.
struct Attempt {
  Tensor map;
  double sum = 0;
};

Attempt along(const SentenceFunction& f, int block, const Tensor& attention, const Quadrature& path) {
  const auto n = static_cast<std::int64_t>(path.nodes.size());
  const Tensor nodes = torch::tensor(path.nodes, torch::kFloat64).view({-1, 1, 1, 1}),
               weights = torch::tensor(path.weights, torch::kFloat64).view({-1, 1, 1, 1});
  const Tensor x = f.embeddings();
  Tensor slope = at::zeros(attention.sizes(), torch::kFloat64);
  for (std::int64_t first = 0; first < n; first += f.points_per_pass()) {
    const std::int64_t count = std::min(f.points_per_pass(), n - first);
    const Tensor points =
        (doubles(attention).unsqueeze(0) * nodes.narrow(0, first, count).to(attention.device()))
            .to(attention.scalar_type())
            .requires_grad_(true);
    const auto guard = f.edit({SiteKind::AttnPattern, block}, [&](const Tensor&) { return points; });
    const Tensor values = f.graph(x.unsqueeze(0).expand({count, -1, -1}));
    const Tensor gradient = values.requires_grad()
                                ? torch::autograd::grad({values.sum()}, {points}, {}, false, false, true)[0]
                                : Tensor();
    if (!gradient.defined())
      throw usage_error("attention-attribution: the target does not depend on the attention of block {}",
                        block);
    if (!gradient.isfinite().all().item<bool>())
      throw numeric_error("attention-attribution: a gradient at block {} is not finite", block);
    slope += (weights.narrow(0, first, count) * doubles(gradient).to(torch::kCPU)).sum(0);
  }
  Attempt out{doubles(attention).to(torch::kCPU) * slope, 0};
  out.sum = out.map.sum().item<double>();
  return out;
}

/// f with the attention of a block set to nothing.
double without(const SentenceFunction& f, int block) {
  const auto guard =
      f.edit({SiteKind::AttnPattern, block}, [](const Tensor& x) { return at::zeros_like(x); });
  return f.value(f.embeddings());
}

AttentionMaps plain(const Example& e, std::span<const int> blocks, const MethodOptions&) {
  return attention_probabilities(*e.function, blocks);
}
AttentionMaps by_norm(const Example& e, std::span<const int> blocks, const MethodOptions&) {
  return norm_weighted_attention(*e.function, blocks);
}
AttentionMaps by_path(const Example& e, std::span<const int> blocks, const MethodOptions& o) {
  return attention_attribution(
      *e.function, blocks,
      {.rule = o.rule, .steps = o.steps, .tolerance = o.tolerance, .most_steps = o.most_steps});
}

constexpr AttentionMethod table[] = {
    {"attention", "probabilities", false, true, plain},
    {"norm-weighted", "norms of what each word hands on through a head (Kobayashi et al. 2020)", false, true,
     by_norm},
    {"attention-attribution", "what the attention adds to the target (Hao et al. 2021)", true, false,
     by_path},
};

}  // namespace

AttentionMaps attention_probabilities(const SentenceFunction& f, std::span<const int> blocks) {
  std::vector<Site> sites;
  for (const int l : blocks) sites.push_back({SiteKind::AttnPattern, l});
  std::vector<Tensor> maps;
  for (const Tensor& x : observed(f, sites)) maps.push_back(doubles(only(x)).to(torch::kCPU));
  return untargeted(std::move(maps));
}

Tensor attention_vectors(const SentenceFunction& f, int block) {
  const Site sites[] = {{SiteKind::AttnPattern, block}, {SiteKind::AttnV, block}};
  const std::vector<Tensor> found = observed(f, sites);
  return doubles(only(found[0])).unsqueeze(-1) * handed_on(f.model(), block, found[1]).unsqueeze(1);
}

AttentionMaps norm_weighted_attention(const SentenceFunction& f, std::span<const int> blocks) {
  std::vector<Site> sites;
  for (const int l : blocks) {
    sites.push_back({SiteKind::AttnPattern, l});
    sites.push_back({SiteKind::AttnV, l});
  }
  const std::vector<Tensor> found = observed(f, sites);
  std::vector<Tensor> maps;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Tensor norms = handed_on(f.model(), blocks[i], found[2 * i + 1]).norm(2, {-1});
    maps.push_back((doubles(only(found[2 * i])) * norms.unsqueeze(1)).to(torch::kCPU));
  }
  return untargeted(std::move(maps));
}

AttentionMaps attention_attribution(const SentenceFunction& f, std::span<const int> blocks,
                                    const PathOptions& options) {
  const AttentionMaps held = attention_probabilities(f, blocks);
  AttentionMaps out;
  out.value = f.value(f.embeddings());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Tensor attention = held.maps[i].to(f.model().device(), f.model().dtype());
    const double baseline = without(f, blocks[i]), wanted = out.value - baseline;
    for (int steps = options.steps;; steps *= 2) {
      const Attempt attempt = along(f, blocks[i], attention, quadrature(options.rule, steps));
      const double delta = attempt.sum - wanted;
      if (options.tolerance > 0 && std::abs(delta) > options.tolerance * std::abs(wanted) &&
          2 * steps <= options.most_steps)
        continue;
      out.maps.push_back(attempt.map);
      out.baselines.push_back(baseline);
      out.deltas.push_back(delta);
      out.steps = std::max(out.steps, steps);
      break;
    }
  }
  return out;
}

std::span<const AttentionMethod> attention_methods() {
  return table;
}

Tensor join_maps(const Tensor& maps, const Example& example, bool mean_rows) {
  const auto rows = static_cast<std::int64_t>(example.rows.size());
  Tensor to = at::zeros({rows, maps.size(2)}, torch::kFloat64);
  for (std::int64_t r = 0; r < rows; ++r)
    for (const std::int64_t p : example.rows[static_cast<std::size_t>(r)].places) to[r][p] = 1;
  const Tensor from = mean_rows ? to / to.sum(1, true) : to;
  return from.matmul(maps).matmul(to.t());
}

}  // namespace neurox::attribute
