#include "neurox/ablate/prompt_tokens.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "neurox/core/error.h"

namespace neurox::ablate {
namespace {

std::vector<std::int64_t> ids_of(const text::Tokenizer& tokenizer, const std::string& text) {
  const text::Encoding encoding = tokenizer.encode(text);
  std::size_t n = encoding.size();
  while (n > 0 && encoding.special[n - 1] != 0) --n;
  return {encoding.ids.begin(), encoding.ids.begin() + static_cast<std::ptrdiff_t>(n)};
}

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

/// Tokens of a candidate behind a prompt.
std::vector<std::int64_t> tokens_behind(const text::Tokenizer& tokenizer, const std::string& prompt,
                                        const std::string& candidate, const std::string& where) {
  const bool apart = is_space(prompt.back()) || is_space(candidate.front());
  const std::vector<std::int64_t> before = ids_of(tokenizer, prompt);
  const std::vector<std::int64_t> all = ids_of(tokenizer, prompt + (apart ? "" : " ") + candidate);
  if (all.size() <= before.size() || !std::equal(before.begin(), before.end(), all.begin()))
    throw input_error("{}: the tokens of '{}' change when '{}' goes on from it; end the prompt at a word",
                      where, prompt, candidate);
  return {all.begin() + static_cast<std::ptrdiff_t>(before.size()), all.end()};
}

}  // namespace

PromptTokens prompt_tokens(const text::Tokenizer& tokenizer, const io::PromptPair& pair,
                           const std::string& where) {
  PromptTokens out;
  out.base = ids_of(tokenizer, pair.base);
  out.counterfactual = ids_of(tokenizer, pair.counterfactual);
  if (out.base.empty() || out.counterfactual.empty()) throw input_error("{}: a prompt has no tokens", where);
  out.base_candidate = tokens_behind(tokenizer, pair.base, pair.base_candidate, where);
  out.counterfactual_candidate = tokens_behind(tokenizer, pair.base, pair.counterfactual_candidate, where);
  if (tokens_behind(tokenizer, pair.counterfactual, pair.base_candidate, where) != out.base_candidate ||
      tokens_behind(tokenizer, pair.counterfactual, pair.counterfactual_candidate, where) !=
          out.counterfactual_candidate)
    throw input_error("{}: the candidates have other tokens behind '{}' than behind '{}'", where,
                      pair.counterfactual, pair.base);
  return out;
}

std::vector<std::pair<std::int64_t, std::int64_t>> exchanged_rows(
    const std::vector<std::int64_t>& base, const std::vector<std::int64_t>& counterfactual, Exchanged which) {
  const auto b = static_cast<std::int64_t>(base.size()), c = static_cast<std::int64_t>(counterfactual.size());
  if (which == Exchanged::Last) return {{b - 1, c - 1}};
  const std::int64_t shorter = std::min(b, c);
  std::int64_t before = 0, behind = 0;
  const auto same = [&](std::int64_t i, std::int64_t j) {
    return base[static_cast<std::size_t>(i)] == counterfactual[static_cast<std::size_t>(j)];
  };
  while (before < shorter && same(before, before)) ++before;
  while (behind < shorter - before && same(b - 1 - behind, c - 1 - behind)) ++behind;
  const std::int64_t own = b - before - behind, other = c - before - behind;
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  if (which == Exchanged::All)
    for (std::int64_t i = 0; i < before; ++i) out.emplace_back(i, i);
  if (own == other)
    for (std::int64_t i = 0; i < own; ++i) out.emplace_back(before + i, before + i);
  else if (own > 0 && other > 0)
    out.emplace_back(before + own - 1, before + other - 1);
  if (which == Exchanged::All)
    for (std::int64_t i = behind; i > 0; --i) out.emplace_back(b - i, c - i);
  return out;
}

}  // namespace neurox::ablate
