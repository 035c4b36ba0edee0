#include "neurox/ablate/candidates.h"

#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/model/heads.h"

namespace neurox::ablate {
namespace {

Continued continued(const std::vector<std::int64_t>& prompt, const std::vector<std::int64_t>& candidate) {
  Continued out{prompt, static_cast<std::int64_t>(prompt.size())};
  out.ids.insert(out.ids.end(), candidate.begin(), candidate.end() - 1);
  return out;
}

/// Row `row` of each copy.
torch::Tensor row_of_copies(const Continued& of, const torch::Tensor& hidden, std::int64_t row) {
  return hidden.view({-1, static_cast<std::int64_t>(of.ids.size()), hidden.size(-1)}).select(1, row);
}

}  // namespace

Candidates::Candidates(const model::Model& model, const PromptTokens& pair)
    : model_(model), base_(pair.base_candidate), counterfactual_(pair.counterfactual_candidate) {
  if (!model.has_causal_lm() || !model.starts_at_blocks())
    throw usage_error(
        "causal mediation asks a causal language model that is a Transformer what goes on, which {} is not",
        model.config().file.parent_path().string());
}

std::vector<Continued> Candidates::texts(const std::vector<std::int64_t>& prompt) const {
  if (base_.size() == 1 && counterfactual_.size() == 1) return {continued(prompt, base_)};
  return {continued(prompt, counterfactual_), continued(prompt, base_)};
}

torch::Tensor Candidates::log_ratio(std::size_t text, const Continued& of,
                                    const torch::Tensor& hidden) const {
  if (base_.size() > 1 || counterfactual_.size() > 1)
    return text == 0 ? log_probability(counterfactual_, of, hidden) : -log_probability(base_, of, hidden);
  // The sum over the vocabulary is the same for both.
  model::Heads::LanguageModel head = model_.heads().lm;
  const torch::Tensor both =
      torch::tensor({counterfactual_[0], base_[0]}, torch::kInt64).to(head.out.weight.device());
  head.out = model::Linear(head.out.weight.index_select(0, both),
                           head.out.bias.defined() ? head.out.bias.index_select(0, both) : torch::Tensor());
  const torch::Tensor logits =
      model::vocabulary_logits(head, row_of_copies(of, hidden, of.prompt - 1)).to(torch::kFloat64);
  return (logits.select(1, 0) - logits.select(1, 1)).to(torch::kCPU);
}

torch::Tensor Candidates::log_probability(const std::vector<std::int64_t>& candidate, const Continued& of,
                                          const torch::Tensor& hidden) const {
  constexpr std::int64_t most_logits = std::int64_t{16} << 20;
  const std::int64_t together = std::max<std::int64_t>(1, most_logits / model_.config().vocabulary);
  torch::Tensor sum;
  for (std::size_t t = 0; t < candidate.size(); ++t) {
    std::vector<torch::Tensor> parts;
    for (const torch::Tensor& rows :
         row_of_copies(of, hidden, of.prompt - 1 + static_cast<std::int64_t>(t)).split(together)) {
      const torch::Tensor logits = model_.lm_logits(rows).to(torch::kFloat64);
      parts.push_back((logits.select(1, candidate[t]) - logits.logsumexp({1})).to(torch::kCPU));
    }
    const torch::Tensor all = at::cat(parts);
    sum = sum.defined() ? sum + all : all;
  }
  return sum / static_cast<double>(candidate.size());
}

}  // namespace neurox::ablate
