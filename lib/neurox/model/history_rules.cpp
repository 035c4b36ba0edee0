#include "neurox/model/history_rules.h"

#include <algorithm>
#include <limits>
#include <set>

#include "neurox/core/error.h"

namespace neurox::model {
namespace {

using Tokens = std::span<const std::int64_t>;

/// The scores of these tokens of a row, each once.
void penalise(torch::Tensor row, Tokens tokens, double penalty) {
  const std::set<std::int64_t> once(tokens.begin(), tokens.end());
  if (once.empty()) return;
  if (*once.begin() < 0 || *once.rbegin() >= row.size(0))
    throw input_error(
        "generation: token {} of the source has no score among the {} of the vocabulary: "
        "encoder_repetition_penalty is for models with one vocabulary",
        *once.rbegin(), row.size(0));
  const torch::Tensor at =
      torch::tensor(std::vector<std::int64_t>(once.begin(), once.end()), torch::kInt64).to(row.device());
  const torch::Tensor score = row.index_select(0, at);
  row.index_copy_(0, at, torch::where(score < 0, score * penalty, score / penalty));
}

/// The tokens that would end an n-gram of `known` behind the last n - 1 tokens of `written`.
void repeated(Tokens known, Tokens written, std::int64_t n, std::set<std::int64_t>& out) {
  const auto before = static_cast<std::size_t>(n - 1);
  if (written.size() < before) return;
  const Tokens last = written.last(before);
  for (std::size_t i = 0; i + before < known.size(); ++i)
    if (std::equal(last.begin(), last.end(), known.begin() + static_cast<std::ptrdiff_t>(i)))
      out.insert(known[i + before]);
}

std::set<std::int64_t> forbidden(const HistoryRules& rules, const TextSoFar& text, Tokens stop_ids) {
  std::set<std::int64_t> out;
  if (rules.no_repeat_ngram_size > 0) repeated(text.written, text.written, rules.no_repeat_ngram_size, out);
  if (rules.encoder_no_repeat_ngram_size > 0)
    repeated(text.source, text.written, rules.encoder_no_repeat_ngram_size, out);
  for (const auto& word : rules.bad_words_ids) {
    const std::size_t before = word.size() - 1;
    if (word.size() <= text.written.size() &&
        std::equal(word.begin(), word.end() - 1, text.written.last(before).begin()))
      out.insert(word.back());
  }
  const bool too_short = rules.min_new_tokens
                             ? text.new_tokens < *rules.min_new_tokens
                             : static_cast<std::int64_t>(text.written.size()) < rules.min_length;
  if (too_short) out.insert(stop_ids.begin(), stop_ids.end());
  return out;
}

}  // namespace

bool HistoryRules::empty() const {
  return repetition_penalty == 1 && encoder_repetition_penalty == 1 && no_repeat_ngram_size == 0 &&
         encoder_no_repeat_ngram_size == 0 && min_length == 0 && min_new_tokens.value_or(0) == 0 &&
         bad_words_ids.empty();
}

torch::Tensor under_history(const HistoryRules& rules, const torch::Tensor& scores,
                            std::span<const TextSoFar> texts, std::span<const std::int64_t> stop_ids) {
  if (rules.empty()) return scores;
  torch::Tensor out = scores.clone();
  for (std::size_t r = 0; r < texts.size(); ++r) {
    const torch::Tensor row = out[static_cast<std::int64_t>(r)];
    if (rules.encoder_repetition_penalty != 1)
      penalise(row, texts[r].source, 1 / rules.encoder_repetition_penalty);
    if (rules.repetition_penalty != 1) penalise(row, texts[r].written, rules.repetition_penalty);
    std::vector<std::int64_t> never;
    for (const std::int64_t token : forbidden(rules, texts[r], stop_ids))
      if (token >= 0 && token < row.size(0)) never.push_back(token);
    if (!never.empty())
      out[static_cast<std::int64_t>(r)].index_fill_(0, torch::tensor(never, torch::kInt64).to(out.device()),
                                                    -std::numeric_limits<double>::infinity());
  }
  return out;
}

}  // namespace neurox::model
