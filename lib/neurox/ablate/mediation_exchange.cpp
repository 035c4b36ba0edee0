#include "neurox/ablate/mediation_exchange.h"

#include <algorithm>

#include "neurox/core/error.h"

namespace neurox::ablate {
namespace {

/// Which tokens of a text the attention weights at a site are of, but the candidate's.
struct WeightSpan {
  std::int64_t first_query = 0;  ///< its row
  std::int64_t queries = 0, keys = 0;
};

WeightSpan weights_of(Site site, const AskedText& text) {
  if (text.source == 0) return {0, text.prompt, text.prompt};
  if (site.stack == Stack::Encoder) return {0, text.source, text.source};
  const std::int64_t target = text.prompt - text.source;
  return {text.source, target, site.kind == SiteKind::CrossPattern ? text.source : target};
}

}  // namespace

UntouchedText untouched(model::Model& model, const AskedText& text, const std::set<Site>& sites) {
  UntouchedText out;
  out.text = text;
  std::vector<model::Hooks::Guard> guards;
  if (model.starts_at_blocks())
    for (int b = 0; b < model.config().blocks; ++b)
      guards.push_back(model.hooks().observe(
          {SiteKind::ResidPre, b}, [&out](const torch::Tensor& x) { out.block_inputs.push_back(x); }));
  for (const Site site : sites)
    guards.push_back(model.hooks().observe(site, [&out, site](const torch::Tensor& x) {
      out.at[site] = is_attention_weights(site.kind) ? x[0] : x;
    }));
  out.hidden = model.forward(text.batch(1));
  return out;
}

int first_block(const model::Model& model, const Mediator& mediator) {
  if (!model.starts_at_blocks()) return 0;
  int first = model.config().blocks - 1;
  for (const MediatorPart& part : mediator)
    if (part.site.block >= 0) first = std::min(first, part.site.block);
  return first;
}

Exchange::Exchange(model::Model& model, const UntouchedText& own, const UntouchedText& other,
                   const std::vector<std::pair<std::int64_t, std::int64_t>>& rows)
    : model_(model), own_(own), other_(other) {
  std::vector<std::int64_t> to, from;
  for (const auto& [a, b] : rows) {
    to.push_back(a);
    from.push_back(b);
  }
  to_ = torch::tensor(to, torch::kInt64).to(model.device());
  from_ = torch::tensor(from, torch::kInt64).to(model.device());
  is_row_ = torch::zeros({own.text.length()}, torch::kBool).to(model.device()).index_fill(0, to_, true);
}

torch::Tensor Exchange::run(std::span<const Mediator> mediators) {
  const auto copies = static_cast<std::int64_t>(mediators.size());
  std::map<Site, Taken> by_site;
  for (std::int64_t c = 0; c < copies; ++c)
    for (const MediatorPart& part : mediators[static_cast<std::size_t>(c)]) {
      auto it = by_site.find(part.site);
      if (it == by_site.end()) it = by_site.emplace(part.site, taken(part.site, copies)).first;
      const std::int64_t width = it->second.columns.size(1);
      for (const std::int64_t n : part.neurons) {
        if (n < 0 || n >= width)
          throw usage_error("{}: no {} {}; it has {}", full_name(part.site),
                            is_attention_weights(part.site.kind) ? "head" : "neuron", n, width);
        it->second.columns.data_ptr<bool>()[c * width + n] = true;
      }
    }
  std::vector<model::Hooks::Guard> guards;
  for (const auto& [site, what] : by_site)
    guards.push_back(is_attention_weights(site.kind) ? put_weights(site, what) : put(site, what));
  const model::Batch batch = own_.text.batch(copies);
  if (!model_.starts_at_blocks()) return model_.forward(batch);
  const int first = first_block(model_, mediators.front());
  return model_.forward_from(first, own_.block_inputs[static_cast<std::size_t>(first)].repeat({copies, 1}),
                             batch);
}

Exchange::Taken Exchange::taken(Site site, std::int64_t copies) const {
  const torch::Tensor &ours = own_.at.at(site), &theirs = other_.at.at(site);
  Taken out;
  if (is_attention_weights(site.kind)) {
    const WeightSpan here = weights_of(site, own_.text), there = weights_of(site, other_.text);
    if (here.queries != there.queries || here.keys != there.keys)
      throw input_error(
          "prompts of {} and {} tokens have no attention weights to exchange; take prompts of one length",
          std::max(here.queries, here.keys), std::max(there.queries, there.keys));
    out.values = torch::zeros_like(ours);
    out.values.narrow(1, 0, here.queries)
        .narrow(2, 0, here.keys)
        .copy_(theirs.narrow(1, 0, here.queries).narrow(2, 0, here.keys));
  } else {
    out.values = torch::zeros_like(ours).index_copy(0, to_, theirs.index_select(0, from_));
  }
  out.columns =
      torch::zeros({copies, is_attention_weights(site.kind) ? ours.size(0) : ours.size(1)}, torch::kBool);
  return out;
}

model::Hooks::Guard Exchange::put(Site site, const Taken& what) const {
  const std::int64_t length = own_.text.length();
  const torch::Tensor columns = what.columns.to(model_.device());
  // Layers that run word by word ask for the rows of a step, others for all.
  return model_.hooks().edit_rows(site, [columns, values = what.values, is_row = is_row_, length](
                                            const torch::Tensor& x, const torch::Tensor& rows) {
    if (rows.defined()) {
      const torch::Tensor asked = rows.to(x.device()), in_text = asked.remainder(length);
      const torch::Tensor changed = columns.index_select(0, asked.floor_divide(length))
                                        .logical_and(is_row.index_select(0, in_text).unsqueeze(1));
      return at::where(changed, values.index_select(0, in_text), x);
    }
    const torch::Tensor changed = columns.unsqueeze(1).logical_and(is_row.view({1, length, 1}));
    return at::where(changed, values.unsqueeze(0), x.view({-1, length, x.size(-1)})).view(x.sizes());
  });
}

model::Hooks::Guard Exchange::put_weights(Site site, const Taken& what) const {
  const WeightSpan span = weights_of(site, own_.text);
  torch::Tensor queries = torch::zeros({what.values.size(1)}, torch::kBool).to(model_.device());
  queries.narrow(0, 0, span.queries).copy_(is_row_.narrow(0, span.first_query, span.queries));
  const torch::Tensor changed = what.columns.to(model_.device())
                                    .view({-1, what.columns.size(1), 1, 1})
                                    .logical_and(queries.view({1, 1, -1, 1}));
  return model_.hooks().edit(site, [changed, values = what.values.unsqueeze(0)](const torch::Tensor& x) {
    return at::where(changed, values, x);
  });
}

}  // namespace neurox::ablate
