#include "neurox/ablate/candidates.h"

#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/model/heads.h"

namespace neurox::ablate {
namespace {

using CandidateTokens = std::vector<std::int64_t>;

/// A candidate that goes on from what was read.
void go_on(AskedText& text, const CandidateTokens& candidate, double sign) {
  text.ids.insert(text.ids.end(), candidate.begin(), candidate.end() - 1);
  const double weight = sign / static_cast<double>(candidate.size());
  for (std::size_t t = 0; t < candidate.size(); ++t)
    text.tokens.push_back({text.prompt - 1 + static_cast<std::int64_t>(t), candidate[t], weight});
}

/// A candidate in the place of the mask, each of its tokens masked in turn.
void add_masked(const CandidateTokens& prompt, std::int64_t mask, const CandidateTokens& candidate,
                double sign, std::vector<AskedText>& out) {
  const auto m = static_cast<std::int64_t>(candidate.size());
  for (std::int64_t t = 0; t < m; ++t) {
    AskedText text;
    text.ids.assign(prompt.begin(), prompt.begin() + mask);
    text.ids.insert(text.ids.end(), candidate.begin(), candidate.end());
    text.ids[static_cast<std::size_t>(mask + t)] = prompt[static_cast<std::size_t>(mask)];
    text.ids.insert(text.ids.end(), prompt.begin() + mask + 1, prompt.end());
    text.prompt = text.length();
    text.tokens = {{mask + t, candidate[static_cast<std::size_t>(t)], sign / static_cast<double>(m)}};
    out.push_back(std::move(text));
  }
}

/// Row `row` of each copy.
torch::Tensor row_of_copies(const AskedText& of, const torch::Tensor& hidden, std::int64_t row) {
  return hidden.view({-1, of.length(), hidden.size(-1)}).select(1, row);
}

}  // namespace

Asked asked_of(const model::Model& model) {
  if (model.has_causal_lm()) return model.has_encoder() ? Asked::Target : Asked::Behind;
  if (model.has_masked_lm()) return Asked::AtMask;
  throw usage_error(
      "causal mediation asks a language model what goes on, or what stands at a mask, and {} is none",
      model.config().file.parent_path().string());
}

model::Batch AskedText::batch(std::int64_t copies) const {
  model::Batch out =
      model::Batch::of(std::vector<std::vector<std::int64_t>>(static_cast<std::size_t>(copies), ids));
  if (source > 0) out.mark_sources(std::vector<std::int64_t>(static_cast<std::size_t>(copies), source));
  return out;
}

Candidates::Candidates(const model::Model& model, const PromptTokens& pair) : model_(model), pair_(pair) {
  if (asked_of(model) != pair.asked)
    throw usage_error("the tokens of the pair were made for another sort of model than {}",
                      model.config().file.parent_path().string());
}

std::vector<AskedText> Candidates::texts(Prompt which) const {
  const bool of_base = which == Prompt::Base;
  const CandidateTokens& prompt = of_base ? pair_.base : pair_.counterfactual;
  const CandidateTokens &ours = pair_.counterfactual_candidate, &theirs = pair_.base_candidate;
  const bool one_each = ours.size() == 1 && theirs.size() == 1;
  std::vector<AskedText> out;
  if (pair_.asked == Asked::AtMask) {
    const std::int64_t mask = of_base ? pair_.base_mask : pair_.counterfactual_mask;
    add_masked(prompt, mask, ours, 1, out);
    if (one_each)
      out[0].tokens.push_back({mask, theirs[0], -1});
    else
      add_masked(prompt, mask, theirs, -1, out);
    return out;
  }
  AskedText read;
  read.ids = prompt;
  if (pair_.asked == Asked::Target) {
    read.source = read.length();
    read.ids.insert(read.ids.end(), pair_.target.begin(), pair_.target.end());
  }
  read.prompt = read.length();
  out.push_back(read);
  go_on(out[0], ours, 1);
  if (one_each) {
    go_on(out[0], theirs, -1);
  } else {
    out.push_back(read);
    go_on(out[1], theirs, -1);
  }
  return out;
}

/// Logits of tokens at rows, float64 on the CPU: #rows x #tokens. Where both candidates are told by one row
/// the sum over the vocabulary is the same for both and left out.
torch::Tensor Candidates::told(const CandidateTokens& tokens, bool both, const torch::Tensor& rows) const {
  const torch::Tensor chosen = torch::tensor(tokens, torch::kInt64).to(rows.device());
  if (both && model_.network() == nullptr) {
    model::Heads::LanguageModel head = model_.heads().lm;
    head.out =
        model::Linear(head.out.weight.index_select(0, chosen),
                      head.out.bias.defined() ? head.out.bias.index_select(0, chosen) : torch::Tensor());
    return model::vocabulary_logits(head, rows).to(torch::kCPU, torch::kFloat64);
  }
  constexpr std::int64_t most_logits = std::int64_t{16} << 20;
  const std::int64_t together = std::max<std::int64_t>(1, most_logits / model_.config().vocabulary);
  std::vector<torch::Tensor> parts;
  for (const torch::Tensor& some : rows.split(together)) {
    const torch::Tensor logits = model_.lm_logits(some).to(torch::kFloat64);
    const torch::Tensor found = logits.index_select(1, chosen);
    parts.push_back((both ? found : found - logits.logsumexp({1}, /*keepdim=*/true)).to(torch::kCPU));
  }
  return at::cat(parts);
}

torch::Tensor Candidates::log_ratio(const AskedText& text, const torch::Tensor& hidden) const {
  torch::Tensor sum;
  for (std::size_t i = 0; i < text.tokens.size();) {
    CandidateTokens tokens;
    std::vector<double> weights;
    const std::int64_t row = text.tokens[i].row;
    for (; i < text.tokens.size() && text.tokens[i].row == row; ++i) {
      tokens.push_back(text.tokens[i].token);
      weights.push_back(text.tokens[i].weight);
    }
    const torch::Tensor told_here = told(tokens, tokens.size() == 2, row_of_copies(text, hidden, row))
                                        .mv(torch::tensor(weights, torch::kFloat64));
    sum = sum.defined() ? sum + told_here : told_here;
  }
  return sum;
}

std::vector<std::pair<std::int64_t, std::int64_t>> Candidates::rows(const AskedText& base,
                                                                    const AskedText& counterfactual,
                                                                    Exchanged which) const {
  if (pair_.asked == Asked::AtMask) {
    if (which == Exchanged::Last) return {{base.tokens[0].row, counterfactual.tokens[0].row}};
    return exchanged_rows(base.ids, counterfactual.ids, which);
  }
  auto out = exchanged_rows(pair_.base, pair_.counterfactual, which);
  const std::int64_t target = base.prompt - base.source;
  if (base.source == 0 || which == Exchanged::Differing) return out;
  for (std::int64_t i = which == Exchanged::Last ? target - 1 : 0; i < target; ++i)
    out.emplace_back(base.source + i, counterfactual.source + i);
  return out;
}

}  // namespace neurox::ablate
