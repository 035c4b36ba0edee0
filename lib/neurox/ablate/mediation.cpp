#include "neurox/ablate/mediation.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "neurox/ablate/candidates.h"
#include "neurox/core/error.h"

namespace neurox::ablate {
namespace {

bool is_empty(const Mediator& mediator) {
  return std::all_of(mediator.begin(), mediator.end(),
                     [](const MediatorPart& p) { return p.neurons.empty(); });
}

/// Mediators and the blocks from which they go.
struct MediatorRuns {
  std::span<const Mediator> mediators;
  std::vector<int> first_blocks;
};

/// log y of copies of one text under each mediator.
void add_effects(Exchange& exchange, const Candidates& candidates, const AskedText& text,
                 const MediatorRuns& runs, std::int64_t batch_tokens, std::vector<double>& sums) {
  const std::span<const Mediator> mediators = runs.mediators;
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, batch_tokens / text.length()));
  for (std::size_t m = 0; m < mediators.size();) {
    if (is_empty(mediators[m])) {
      ++m;
      continue;
    }
    std::size_t n = 1;
    while (n < most && m + n < mediators.size() && !is_empty(mediators[m + n]) &&
           runs.first_blocks[m + n] == runs.first_blocks[m])
      ++n;
    const torch::Tensor found =
        candidates.log_ratio(text, exchange.run(mediators.subspan(m, n))).contiguous();
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
  std::set<Site> sites;
  MediatorRuns runs{mediators, {}};
  for (const Mediator& mediator : mediators) {
    for (const MediatorPart& part : mediator) sites.insert(part.site);
    runs.first_blocks.push_back(first_block(model, mediator));
  }
  PairEffects out;
  out.indirect.assign(mediators.size(), 0);
  out.direct.assign(mediators.size(), 0);
  const std::vector<AskedText> of_base = candidates.texts(Candidates::Prompt::Base),
                               of_counterfactual = candidates.texts(Candidates::Prompt::Counterfactual);
  for (std::size_t t = 0; t < of_base.size(); ++t) {
    const auto rows = candidates.rows(of_base[t], of_counterfactual[t], options.exchanged);
    if (rows.empty())
      throw input_error(
          "no token of the prompt can be exchanged with one of the counterfactual (--positions)");
    auto turned = rows;
    for (auto& [a, b] : turned) std::swap(a, b);
    const UntouchedText base = untouched(model, of_base[t], sites);
    const UntouchedText counterfactual = untouched(model, of_counterfactual[t], sites);
    out.base += candidates.log_ratio(base.text, base.hidden).item<double>();
    out.counterfactual += candidates.log_ratio(counterfactual.text, counterfactual.hidden).item<double>();
    Exchange to_base(model, base, counterfactual, rows);
    add_effects(to_base, candidates, base.text, runs, options.batch_tokens, out.indirect);
    Exchange to_counterfactual(model, counterfactual, base, turned);
    add_effects(to_counterfactual, candidates, counterfactual.text, runs, options.batch_tokens, out.direct);
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
  for (const AskedText& text : candidates.texts(Candidates::Prompt::Base))
    sum += candidates.log_ratio(text, model.forward(text.batch(1))).item<double>();
  return finite(sum);
}

}  // namespace neurox::ablate
