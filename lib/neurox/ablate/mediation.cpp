#include "neurox/ablate/mediation.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "neurox/ablate/candidates.h"
#include "neurox/core/error.h"

namespace neurox::ablate {
namespace {

using RowPairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// A text in the untouched model.
struct Untouched {
  Continued text;
  std::vector<torch::Tensor> block_inputs;  ///< tokens x width
  std::map<Site, torch::Tensor> at;         ///< tokens x width; of attn_pattern heads x queries x keys
  torch::Tensor hidden;
};

std::int64_t length_of(const Continued& text) {
  return static_cast<std::int64_t>(text.ids.size());
}

Untouched untouched(model::Model& model, const Continued& text, const std::set<Site>& sites) {
  Untouched out;
  out.text = text;
  std::vector<model::Hooks::Guard> guards;
  for (int b = 0; b < model.config().blocks; ++b)
    guards.push_back(model.hooks().observe(
        {SiteKind::ResidPre, b}, [&out](const torch::Tensor& x) { out.block_inputs.push_back(x); }));
  for (const Site site : sites)
    guards.push_back(model.hooks().observe(site, [&out, site](const torch::Tensor& x) {
      out.at[site] = site.kind == SiteKind::AttnPattern ? x[0] : x;
    }));
  out.hidden = model.forward(model::Batch::of({text.ids}));
  return out;
}

int begins_at(const Mediator& mediator, int blocks) {
  int first = blocks - 1;
  for (const MediatorPart& part : mediator)
    if (part.site.block >= 0) first = std::min(first, part.site.block);
  return first;
}

bool is_empty(const Mediator& mediator) {
  return std::all_of(mediator.begin(), mediator.end(),
                     [](const MediatorPart& p) { return p.neurons.empty(); });
}

/// At one site: what each copy takes from the other text, and which of its columns (heads).
struct Taken {
  torch::Tensor values;   ///< tokens x width, the other text's rows where they belong; heads x queries x keys
  torch::Tensor columns;  ///< copies x 1 x width bool; copies x heads x 1 x 1
};

/// The mediators of one direction on one text: the activations that `other` lends to copies of `own`.
class Exchange {
 public:
  /// @param rows  (row of own, row of other)
  Exchange(model::Model& model, const Untouched& own, const Untouched& other, RowPairs rows)
      : model_(model), own_(own), other_(other), rows_(std::move(rows)) {
    std::vector<std::int64_t> to, from;
    for (const auto& [a, b] : rows_) {
      to.push_back(a);
      from.push_back(b);
    }
    to_ = torch::tensor(to, torch::kInt64).to(model.device());
    from_ = torch::tensor(from, torch::kInt64).to(model.device());
    is_row_ = torch::zeros({length_of(own.text)}, torch::kBool).to(model.device()).index_fill(0, to_, true);
  }

  /// Hidden states of copies of the text, each with its mediator: #copies*tokens x width.
  torch::Tensor run(std::span<const Mediator> mediators) {
    const auto copies = static_cast<std::int64_t>(mediators.size());
    std::map<Site, Taken> by_site;
    for (std::int64_t c = 0; c < copies; ++c)
      for (const MediatorPart& part : mediators[static_cast<std::size_t>(c)]) {
        auto it = by_site.find(part.site);
        if (it == by_site.end()) it = by_site.emplace(part.site, taken(part.site, copies)).first;
        const std::int64_t width = it->second.columns[0].numel();
        for (const std::int64_t n : part.neurons) {
          if (n < 0 || n >= width)
            throw usage_error("{}: no {} {}; it has {}", full_name(part.site),
                              part.site.kind == SiteKind::AttnPattern ? "head" : "neuron", n, width);
          it->second.columns.data_ptr<bool>()[c * width + n] = true;
        }
      }
    std::vector<model::Hooks::Guard> guards;
    for (const auto& [site, what] : by_site) guards.push_back(put(site, what));
    const int first = begins_at(mediators.front(), model_.config().blocks);
    const std::vector<std::vector<std::int64_t>> texts(mediators.size(), own_.text.ids);
    return model_.forward_from(first, own_.block_inputs[static_cast<std::size_t>(first)].repeat({copies, 1}),
                               model::Batch::of(texts));
  }

 private:
  Taken taken(Site site, std::int64_t copies) const {
    const torch::Tensor& theirs = other_.at.at(site);
    Taken out;
    if (site.kind == SiteKind::AttnPattern) {
      const std::int64_t prompt = own_.text.prompt;
      if (prompt != other_.text.prompt)
        throw input_error(
            "prompts of {} and {} tokens have no attention weights to exchange; take prompts of one length",
            prompt, other_.text.prompt);
      out.values = torch::zeros_like(own_.at.at(site));
      out.values.narrow(1, 0, prompt)
          .narrow(2, 0, prompt)
          .copy_(theirs.narrow(1, 0, prompt).narrow(2, 0, prompt));
      out.columns = torch::zeros({copies, theirs.size(0), 1, 1}, torch::kBool);
    } else {
      const torch::Tensor& ours = own_.at.at(site);
      out.values = torch::zeros_like(ours).index_copy(0, to_, theirs.index_select(0, from_));
      out.columns = torch::zeros({copies, 1, ours.size(1)}, torch::kBool);
    }
    return out;
  }

  model::Hooks::Guard put(Site site, const Taken& what) const {
    const std::int64_t length = length_of(own_.text);
    const bool pattern = site.kind == SiteKind::AttnPattern;
    const torch::Tensor rows = is_row_.view({1, pattern ? 1 : length, pattern ? length : 1});
    const torch::Tensor changed =
        what.columns.to(model_.device()).logical_and(pattern ? rows.view({1, 1, length, 1}) : rows);
    const torch::Tensor values = what.values.unsqueeze(0);
    return model_.hooks().edit(site, [changed, values, length, pattern](const torch::Tensor& x) {
      return pattern ? at::where(changed, values, x)
                     : at::where(changed, values, x.view({-1, length, x.size(-1)})).view(x.sizes());
    });
  }

  model::Model& model_;
  const Untouched &own_, &other_;
  RowPairs rows_;
  torch::Tensor to_, from_, is_row_;
};

/// log y of copies of one text under each mediator.
void add_effects(Exchange& exchange, const Candidates& candidates, std::size_t text, const Continued& of,
                 std::span<const Mediator> mediators, int blocks, std::int64_t batch_tokens,
                 std::vector<double>& sums) {
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, batch_tokens / length_of(of)));
  for (std::size_t m = 0; m < mediators.size();) {
    if (is_empty(mediators[m])) {
      ++m;
      continue;
    }
    const int first = begins_at(mediators[m], blocks);
    std::size_t n = 1;
    while (n < most && m + n < mediators.size() && !is_empty(mediators[m + n]) &&
           begins_at(mediators[m + n], blocks) == first)
      ++n;
    const torch::Tensor found =
        candidates.log_ratio(text, of, exchange.run(mediators.subspan(m, n))).contiguous();
    for (std::size_t i = 0; i < n; ++i) sums[m + i] += found.const_data_ptr<double>()[i];
    m += n;
  }
}

double finite(double log_ratio) {
  if (!std::isfinite(log_ratio))
    throw numeric_error("the ratio of the candidates' probabilities is not finite");
  return log_ratio;
}

}  // namespace

double relative_effect(double log_intervened, double log_base) {
  return std::expm1(log_intervened - log_base);
}

PairEffects mediate(model::Model& model, const PromptTokens& pair, std::span<const Mediator> mediators,
                    const MediationOptions& options) {
  const c10::InferenceMode no_gradients;
  const Candidates candidates(model, pair);
  RowPairs rows = exchanged_rows(pair.base, pair.counterfactual, options.exchanged);
  if (rows.empty())
    throw input_error("no token of the prompt can be exchanged with one of the counterfactual (--positions)");
  std::set<Site> sites;
  for (const Mediator& mediator : mediators)
    for (const MediatorPart& part : mediator) sites.insert(part.site);
  RowPairs turned;
  for (const auto& [a, b] : rows) turned.emplace_back(b, a);

  PairEffects out;
  out.indirect.assign(mediators.size(), 0);
  out.direct.assign(mediators.size(), 0);
  const std::vector<Continued> of_base = candidates.texts(pair.base),
                               of_counterfactual = candidates.texts(pair.counterfactual);
  const int blocks = model.config().blocks;
  for (std::size_t t = 0; t < of_base.size(); ++t) {
    const Untouched base = untouched(model, of_base[t], sites);
    const Untouched counterfactual = untouched(model, of_counterfactual[t], sites);
    out.base += candidates.log_ratio(t, base.text, base.hidden).item<double>();
    out.counterfactual += candidates.log_ratio(t, counterfactual.text, counterfactual.hidden).item<double>();
    Exchange to_base(model, base, counterfactual, rows);
    add_effects(to_base, candidates, t, base.text, mediators, blocks, options.batch_tokens, out.indirect);
    Exchange to_counterfactual(model, counterfactual, base, turned);
    add_effects(to_counterfactual, candidates, t, counterfactual.text, mediators, blocks,
                options.batch_tokens, out.direct);
  }
  finite(out.base);
  finite(out.counterfactual);
  for (std::size_t m = 0; m < mediators.size(); ++m) {
    if (is_empty(mediators[m])) {
      out.indirect[m] = out.base;
      out.direct[m] = out.counterfactual;
    }
    finite(out.indirect[m]);
    finite(out.direct[m]);
  }
  return out;
}

double log_ratio_of_base(const model::Model& model, const PromptTokens& pair) {
  const c10::InferenceMode no_gradients;
  const Candidates candidates(model, pair);
  double sum = 0;
  const std::vector<Continued> texts = candidates.texts(pair.base);
  for (std::size_t t = 0; t < texts.size(); ++t)
    sum += candidates.log_ratio(t, texts[t], model.forward(model::Batch::of({texts[t].ids}))).item<double>();
  return finite(sum);
}

}  // namespace neurox::ablate
