#include "neurox/attribute/attention.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <optional>

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
  // An encoder by itself needs no target.
  const bool sources = std::all_of(sites.begin(), sites.end(), reads_source);
  f.model().forward(
      f.sentence(),
      sources && f.model().has_encoder()
          ? std::optional(
                Site{SiteKind::ResidPost, f.model().config().encoder->blocks - 1, {}, Stack::Encoder})
          : std::nullopt);
  return out;
}

/// The token that a pattern's first query is, and its first key.
struct Corner {
  std::int64_t query = 0, key = 0;
};

Corner corner_of(const SentenceFunction& f, Site pattern) {
  const Tensor& types = f.sentence().type_ids;
  if (!f.model().has_encoder() || pattern.stack == Stack::Encoder || !types.defined()) return {};
  const auto sources = types.eq(0).sum().item<std::int64_t>();
  return {sources, pattern.kind == SiteKind::CrossPattern ? 0 : sources};
}

/// #heads x queries x keys in its corner of #heads x #tokens x #tokens.
Tensor placed(const SentenceFunction& f, Site pattern, const Tensor& map) {
  if (map.size(1) == f.tokens() && map.size(2) == f.tokens()) return map;
  const Corner corner = corner_of(f, pattern);
  Tensor out = at::zeros({map.size(0), f.tokens(), f.tokens()}, map.options());
  out.narrow(1, corner.query, map.size(1)).narrow(2, corner.key, map.size(2)).copy_(map);
  return out;
}

/// Where the values are that a pattern weights.
Site values_of(Site pattern) {
  pattern.kind = pattern.kind == SiteKind::CrossPattern ? SiteKind::CrossV : SiteKind::AttnV;
  return pattern;
}

/// #heads x #keys x width: what each head hands on of each position, through its part of W_O.
Tensor handed_on(const model::Model& model, Site pattern, const Tensor& v) {
  const bool encoder = pattern.stack == Stack::Encoder;
  const model::ModelConfig& c = encoder ? *model.config().encoder : model.config();
  const model::BlockLayers& layers =
      encoder ? model.encoder_layers(pattern.block) : model.layers(pattern.block);
  const std::int64_t tokens = v.size(0), sharers = c.heads / c.kv_heads;
  const Tensor values = doubles(v)
                            .view({tokens, c.kv_heads, 1, c.head_width})
                            .expand({tokens, c.kv_heads, sharers, c.head_width})
                            .reshape({tokens, c.heads, c.head_width})
                            .transpose(0, 1);
  const model::Linear& out = pattern.kind == SiteKind::CrossPattern ? layers.cross_out : layers.attention_out;
  const Tensor writer = doubles(out.weight).view({c.width, c.heads, c.head_width}).permute({1, 2, 0});
  return values.matmul(writer);
}

/// A pattern's probabilities, #heads x queries x keys, and what its heads hand on of the keys.
struct Handed {
  Tensor pattern, vectors;
};
std::vector<Handed> handed_at(const SentenceFunction& f, std::span<const Site> patterns) {
  std::vector<Site> sites;
  for (const Site pattern : patterns) {
    sites.push_back(pattern);
    sites.push_back(values_of(pattern));
  }
  const std::vector<Tensor> found = observed(f, sites);
  std::vector<Handed> out;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const Tensor pattern = doubles(only(found[2 * i]));
    const Tensor v = found[2 * i + 1].narrow(0, corner_of(f, patterns[i]).key, pattern.size(2));
    out.push_back({pattern, handed_on(f.model(), patterns[i], v)});
  }
  return out;
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

Attempt along(const SentenceFunction& f, Site pattern, const Tensor& attention, const Quadrature& path) {
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
    const auto guard = f.edit(pattern, [&](const Tensor&) { return points; });
    const Tensor values = f.graph(x.unsqueeze(0).expand({count, -1, -1}));
    const Tensor gradient = values.requires_grad()
                                ? torch::autograd::grad({values.sum()}, {points}, {}, false, false, true)[0]
                                : Tensor();
    if (!gradient.defined())
      throw usage_error("attention-attribution: the target does not depend on {}", full_name(pattern));
    if (!gradient.isfinite().all().item<bool>())
      throw numeric_error("attention-attribution: a gradient at {} is not finite", full_name(pattern));
    slope += (weights.narrow(0, first, count) * doubles(gradient).to(torch::kCPU)).sum(0);
  }
  Attempt out{doubles(attention).to(torch::kCPU) * slope, 0};
  out.sum = out.map.sum().item<double>();
  return out;
}

/// f with a pattern set to nothing.
double without(const SentenceFunction& f, Site pattern) {
  const auto guard = f.edit(pattern, [](const Tensor& x) { return at::zeros_like(x); });
  return f.value(f.embeddings());
}

AttentionMaps plain(const Example& e, std::span<const Site> patterns, const MethodOptions&) {
  return attention_probabilities(*e.function, patterns);
}
AttentionMaps by_norm(const Example& e, std::span<const Site> patterns, const MethodOptions&) {
  return norm_weighted_attention(*e.function, patterns);
}
AttentionMaps by_path(const Example& e, std::span<const Site> patterns, const MethodOptions& o) {
  return attention_attribution(
      *e.function, patterns,
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

std::vector<Site> attention_patterns(const model::Model& model) {
  std::vector<Site> out;
  for (const SiteColumns& columns : model.sites()) {
    const std::optional<Site> site = site_of(columns);
    if (site && (site->kind == SiteKind::AttnPattern || site->kind == SiteKind::CrossPattern))
      out.push_back(*site);
  }
  return out;
}

AttentionMaps attention_probabilities(const SentenceFunction& f, std::span<const Site> patterns) {
  const std::vector<Tensor> found = observed(f, patterns);
  std::vector<Tensor> maps;
  for (std::size_t i = 0; i < patterns.size(); ++i)
    maps.push_back(placed(f, patterns[i], doubles(only(found[i])).to(torch::kCPU)));
  return untargeted(std::move(maps));
}

Tensor attention_vectors(const SentenceFunction& f, Site pattern) {
  const Handed found = handed_at(f, {&pattern, 1}).front();
  return found.pattern.unsqueeze(-1) * found.vectors.unsqueeze(1);
}

AttentionMaps norm_weighted_attention(const SentenceFunction& f, std::span<const Site> patterns) {
  std::vector<Tensor> maps;
  const std::vector<Handed> found = handed_at(f, patterns);
  for (std::size_t i = 0; i < patterns.size(); ++i)
    maps.push_back(placed(f, patterns[i],
                          (found[i].pattern * found[i].vectors.norm(2, {-1}).unsqueeze(1)).to(torch::kCPU)));
  return untargeted(std::move(maps));
}

AttentionMaps attention_attribution(const SentenceFunction& f, std::span<const Site> patterns,
                                    const PathOptions& options) {
  const std::vector<Tensor> held = observed(f, patterns);
  AttentionMaps out;
  out.value = f.value(f.embeddings());
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const double baseline = without(f, patterns[i]), wanted = out.value - baseline;
    for (int steps = options.steps;; steps *= 2) {
      const Attempt attempt = along(f, patterns[i], only(held[i]), quadrature(options.rule, steps));
      const double delta = attempt.sum - wanted;
      if (options.tolerance > 0 && std::abs(delta) > options.tolerance * std::abs(wanted) &&
          2 * steps <= options.most_steps)
        continue;
      out.maps.push_back(placed(f, patterns[i], attempt.map));
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
