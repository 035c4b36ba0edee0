#include "neurox/attribute/sentence_function.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <utility>

#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// More tokens in a pass take memory, not time; nor do more points than a usual path has, so that a finer one
/// takes no more memory.
constexpr std::int64_t most_tokens_of_gradients = 1024, most_points = 26;

/// About what a token's tensors take in one pass forth and back.
std::int64_t bytes_per_token(const model::ModelConfig& c, std::int64_t tokens) {
  const std::int64_t block = 14 * c.width + 5 * c.mlp_width + 4 * c.heads * tokens;
  return 4 * (std::max(c.blocks, 1) * block + 8 * c.width);
}

Tensor leaf(const Tensor& x) {
  return x.detach().requires_grad_(true);
}

}  // namespace

SentenceFunction::SentenceFunction(model::Model& model, model::Batch sentence, Target target,
                                   std::int64_t memory_bytes)
    : model_(model), sentence_(std::move(sentence)), target_(std::move(target)) {
  if (sentence_.sentences() != 1)
    throw usage_error("attribution: a batch of {} sentences", sentence_.sentences());
  const std::int64_t each = bytes_per_token(model.config(), tokens()) * tokens();
  points_per_pass_ = std::clamp<std::int64_t>(
      memory_bytes / each, 1, std::clamp<std::int64_t>(most_tokens_of_gradients / tokens(), 1, most_points));
}

model::Batch SentenceFunction::copies(std::int64_t n) const {
  model::Batch batch;
  batch.lengths.assign(static_cast<std::size_t>(n), tokens());
  if (sentence_.ids.defined()) batch.ids = sentence_.ids.repeat({n});
  if (sentence_.type_ids.defined()) batch.type_ids = sentence_.type_ids.repeat({n});
  return batch;
}

Tensor SentenceFunction::embeddings() const {
  if (replaced_.defined()) return replaced_;
  const torch::NoGradGuard no_gradients;
  return model_.embed(sentence_);
}

void SentenceFunction::check(const Tensor& x, const char* what, const Tensor& points) const {
  if (!x.isfinite().all().item<bool>())
    throw numeric_error("{}: a {} is not finite{}; the model's weights or the baseline overflow", where_,
                        what, where_not_finite(points));
}

Tensor SentenceFunction::run(const Tensor& rows, const model::Batch& batch) const {
  const Tensor hidden = model_.forward_embeddings(rows, batch, target_.stop_after());
  return target_values(model_, hidden, batch, {&target_, 1});
}

Tensor SentenceFunction::graph(const Tensor& points) const {
  const std::int64_t n = points.size(0);
  return run(points.reshape({n * tokens(), points.size(2)}), copies(n));
}

Tensor SentenceFunction::values(const Tensor& points) const {
  const torch::NoGradGuard no_gradients;
  std::vector<Tensor> out;
  for (const Tensor& part : points.split(2 * points_per_pass_)) out.push_back(graph(part));
  Tensor all = at::cat(out);
  check(all, "value", points);
  return all;
}

Tensor SentenceFunction::values_of_ids(const Tensor& ids) const {
  const torch::NoGradGuard no_gradients;
  std::vector<Tensor> out;
  for (const Tensor& part : ids.split(2 * points_per_pass_)) {
    model::Batch batch = copies(part.size(0));
    batch.ids = part.reshape({-1});
    out.push_back(target_values(model_, model_.forward(batch, target_.stop_after()), batch, {&target_, 1}));
  }
  Tensor all = at::cat(out);
  check(all, "value", embeddings().unsqueeze(0));
  return all;
}

SentenceFunction::Gradients SentenceFunction::gradients(const Tensor& points) const {
  std::vector<Tensor> values, inputs;
  for (const Tensor& part : points.split(points_per_pass_)) {
    Sweep sweep = this->sweep(part, {});
    values.push_back(std::move(sweep.values));
    inputs.push_back(std::move(sweep.inputs));
  }
  return {at::cat(values), at::cat(inputs)};
}

SentenceFunction::Sweep SentenceFunction::sweep(const Tensor& points, std::span<const Site> sites) const {
  Sweep out;
  std::vector<Tensor> wanted{leaf(points)};
  {
    std::vector<model::Hooks::Guard> guards;
    for (const Site site : sites) {
      if (site.kind == SiteKind::AttnPattern)
        throw usage_error("{}: no columns of its own; choose attn_z for what a head passes on",
                          full_name(site));
      guards.push_back(model_.hooks().observe(site, [&wanted](const Tensor& x) { wanted.push_back(x); }));
    }
    out.values = graph(wanted.front());
  }
  // Hooks fire in the order of computation; the caller's order may be another.
  std::vector<std::size_t> order(sites.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sites[a] < sites[b]; });
  if (wanted.size() != sites.size() + 1)
    throw usage_error("{}: the target does not depend on it; take a site before the target's",
                      full_name(sites[order[wanted.size() - 1]]));
  if (!out.values.requires_grad())
    throw usage_error("{}: the target does not depend on the words, or not by a gradient", where_);
  const auto gradients = torch::autograd::grad({out.values.sum()}, wanted, {}, false, false, true);
  out.values = out.values.detach();
  check(out.values, "value", points);
  const std::int64_t n = points.size(0);
  const auto shaped = [&](const Tensor& x) { return x.detach().reshape({n, tokens(), x.size(-1)}); };
  const auto gradient = [&](std::size_t i) {
    const Tensor g = gradients[i].defined() ? gradients[i] : at::zeros_like(wanted[i]);
    check(g, "gradient", points);
    return shaped(g);
  };
  for (std::size_t i = 0; i < order.size(); ++i)
    if (sites[order[i]].kind == SiteKind::Module && !gradients[i + 1].defined())
      throw usage_error("{}: the target does not depend on it, or not by a gradient; choose another site",
                        full_name(sites[order[i]]));
  out.inputs = gradient(0);
  out.activations.resize(sites.size());
  out.gradients.resize(sites.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    out.activations[order[i]] = shaped(wanted[i + 1]);
    out.gradients[order[i]] = gradient(i + 1);
  }
  return out;
}

Tensor SentenceFunction::edited(Site site, const Tensor& values) const {
  const std::int64_t n = values.size(0);
  const auto guard = model_.hooks().edit(site, [&](const Tensor& x) {
    return values.reshape({x.size(0), x.size(1)});
  });
  return graph(embeddings().unsqueeze(0).expand({n, -1, -1}));
}

SentenceFunction::Gradients SentenceFunction::gradients_at(Site site, const Tensor& points) const {
  std::vector<Tensor> values, inputs;
  for (const Tensor& part : points.split(points_per_pass_)) {
    const Tensor at_site = leaf(part);
    const Tensor value = edited(site, at_site);
    if (!value.requires_grad())
      throw usage_error("{}: the target does not depend on it, or not by a gradient; choose another site",
                        full_name(site));
    const Tensor gradient = torch::autograd::grad({value.sum()}, {at_site}, {}, false, false, true)[0];
    values.push_back(value.detach());
    inputs.push_back(gradient.defined() ? gradient : at::zeros_like(part));
    check(values.back(), "value", embeddings().unsqueeze(0));
    check(inputs.back(), "gradient", embeddings().unsqueeze(0));
  }
  return {at::cat(values), at::cat(inputs)};
}

Tensor SentenceFunction::values_at(Site site, const Tensor& points) const {
  const torch::NoGradGuard no_gradients;
  std::vector<Tensor> out;
  for (const Tensor& part : points.split(2 * points_per_pass_)) out.push_back(edited(site, part));
  Tensor all = at::cat(out);
  check(all, "value", embeddings().unsqueeze(0));
  return all;
}

std::vector<Tensor> SentenceFunction::activations(const Tensor& point, std::span<const Site> sites) const {
  const torch::NoGradGuard no_gradients;
  std::vector<Tensor> out(sites.size());
  std::vector<model::Hooks::Guard> guards;
  for (std::size_t i = 0; i < sites.size(); ++i)
    guards.push_back(model_.hooks().observe(sites[i], [&out, i](const Tensor& x) { out[i] = x; }));
  graph(point.unsqueeze(0));
  for (std::size_t i = 0; i < sites.size(); ++i)
    if (!out[i].defined()) throw usage_error("{}: the target does not depend on it", full_name(sites[i]));
  return out;
}

}  // namespace neurox::attribute
