#include "neurox/ablate/prompt_tokens.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

#include "neurox/core/error.h"

namespace neurox::ablate {
namespace {

using TokenList = std::vector<std::int64_t>;

TokenList whole(const text::Encoding& encoding) {
  return {encoding.ids.begin(), encoding.ids.end()};
}

/// Without the special tokens behind it.
TokenList open_end(const text::Encoding& encoding) {
  std::size_t n = encoding.size();
  while (n > 0 && encoding.special[n - 1] != 0) --n;
  return {encoding.ids.begin(), encoding.ids.begin() + static_cast<std::ptrdiff_t>(n)};
}

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

/// The prompt's text with a candidate behind it.
std::string behind(const std::string& prompt, const std::string& candidate, bool joined) {
  const bool apart = !joined && !prompt.empty() && !is_space(prompt.back()) && !is_space(candidate.front());
  return prompt + (apart ? " " : "") + candidate;
}

[[noreturn]] void refuse_change(const std::string& where, const std::string& prompt,
                                const std::string& candidate) {
  throw input_error("{}: the tokens of '{}' change when '{}' goes on from it; end the prompt at a word",
                    where, prompt, candidate);
}

/// The end of `all`, which begins with `before`; nothing where it does not, or where nothing is left.
TokenList rest_behind(const TokenList& before, const TokenList& all) {
  if (all.size() <= before.size() || !std::equal(before.begin(), before.end(), all.begin())) return {};
  return {all.begin() + static_cast<std::ptrdiff_t>(before.size()), all.end()};
}

/// Tokens of a candidate behind a prompt.
TokenList tokens_behind(const text::Tokenizer& tokenizer, const std::string& prompt,
                        const std::string& candidate, const std::string& where, bool joined) {
  TokenList out = rest_behind(open_end(tokenizer.encode(prompt)),
                              open_end(tokenizer.encode(behind(prompt, candidate, joined))));
  if (out.empty()) refuse_change(where, prompt, candidate);
  return out;
}

void set_behind(const text::Tokenizer& tokenizer, const io::PromptPair& pair, const std::string& where,
                PromptTokens& out) {
  out.base = open_end(tokenizer.encode(pair.base));
  out.counterfactual = open_end(tokenizer.encode(pair.counterfactual));
  if (out.base.empty() || out.counterfactual.empty()) throw input_error("{}: a prompt has no tokens", where);
  const auto tokens = [&](const std::string& prompt, const std::string& candidate) {
    return tokens_behind(tokenizer, prompt, candidate, where, pair.joined);
  };
  out.base_candidate = tokens(pair.base, pair.base_candidate);
  out.counterfactual_candidate = tokens(pair.base, pair.counterfactual_candidate);
  if (tokens(pair.counterfactual, pair.base_candidate) != out.base_candidate ||
      tokens(pair.counterfactual, pair.counterfactual_candidate) != out.counterfactual_candidate)
    throw input_error("{}: the candidates have other tokens behind '{}' than behind '{}'", where,
                      pair.counterfactual, pair.base);
}

/// Where the mask stands among a prompt's tokens.
std::int64_t mask_in(const TokenList& prompt, std::int64_t mask, const std::string& token,
                     const std::string& text, const std::string& where) {
  const auto n = std::count(prompt.begin(), prompt.end(), mask);
  if (n != 1)
    throw input_error("{}: '{}' has {} of {}, at which the model is asked; write one", where, text, n, token);
  return std::find(prompt.begin(), prompt.end(), mask) - prompt.begin();
}

/// Tokens of a candidate in the place of a prompt's mask.
TokenList tokens_at_mask(const text::Tokenizer& tokenizer, const std::string& prompt, const TokenList& tokens,
                         std::int64_t mask, const std::string& candidate, const std::string& where) {
  const std::string token = tokenizer.token_of(*tokenizer.mask_id());
  std::string text = prompt;
  text.replace(text.find(token), token.size(), candidate);
  const TokenList all = whole(tokenizer.encode(text));
  const std::ptrdiff_t before = mask, after = static_cast<std::ptrdiff_t>(tokens.size()) - mask - 1;
  if (static_cast<std::ptrdiff_t>(all.size()) <= before + after ||
      !std::equal(tokens.begin(), tokens.begin() + before, all.begin()) ||
      !std::equal(tokens.end() - after, tokens.end(), all.end() - after))
    throw input_error("{}: the tokens of '{}' change when '{}' stands at {}", where, prompt, candidate,
                      token);
  return {all.begin() + before, all.end() - after};
}

void set_at_mask(const text::Tokenizer& tokenizer, const io::PromptPair& pair, const std::string& where,
                 PromptTokens& out) {
  const auto mask = tokenizer.mask_id();
  if (!mask) throw input_error("{}: the tokenizer has no mask, at which the model could be asked", where);
  const std::string token = tokenizer.token_of(*mask);
  out.base = whole(tokenizer.encode(pair.base));
  out.counterfactual = whole(tokenizer.encode(pair.counterfactual));
  out.base_mask = mask_in(out.base, *mask, token, pair.base, where);
  out.counterfactual_mask = mask_in(out.counterfactual, *mask, token, pair.counterfactual, where);
  const auto of_base = [&](const std::string& candidate) {
    return tokens_at_mask(tokenizer, pair.base, out.base, out.base_mask, candidate, where);
  };
  const auto of_counterfactual = [&](const std::string& candidate) {
    return tokens_at_mask(tokenizer, pair.counterfactual, out.counterfactual, out.counterfactual_mask,
                          candidate, where);
  };
  out.base_candidate = of_base(pair.base_candidate);
  out.counterfactual_candidate = of_base(pair.counterfactual_candidate);
  if (of_counterfactual(pair.base_candidate) != out.base_candidate ||
      of_counterfactual(pair.counterfactual_candidate) != out.counterfactual_candidate)
    throw input_error("{}: the candidates have other tokens in '{}' than in '{}'", where, pair.counterfactual,
                      pair.base);
}

void set_target(const text::Tokenizer& tokenizer, const io::PromptPair& pair, const std::string& where,
                PromptTokens& out) {
  out.base = whole(tokenizer.encode(pair.base));
  out.counterfactual = whole(tokenizer.encode(pair.counterfactual));
  if (out.base.empty() || out.counterfactual.empty()) throw input_error("{}: a source has no tokens", where);
  const auto start = tokenizer.decoder_start();
  if (!start)
    throw input_error("{}: nothing tells the token that the decoder begins with (decoder_start_token_id)",
                      where);
  TokenList written;
  if (pair.target.empty()) {
    // Tokens that stand before any text (BART's) are read before the candidate.
    const text::Encoding alone = tokenizer.encode_target(pair.base_candidate);
    for (std::size_t i = 0; i < alone.size() && alone.special[i] != 0; ++i) written.push_back(alone.ids[i]);
  } else {
    written = open_end(tokenizer.encode_target(pair.target));
  }
  const auto tokens = [&](const std::string& candidate) {
    TokenList found =
        rest_behind(written, open_end(tokenizer.encode_target(behind(pair.target, candidate, pair.joined))));
    if (found.empty()) refuse_change(where, pair.target, candidate);
    return found;
  };
  out.base_candidate = tokens(pair.base_candidate);
  out.counterfactual_candidate = tokens(pair.counterfactual_candidate);
  out.target = {*start};
  out.target.insert(out.target.end(), written.begin(), written.end());
}

/// Whether a candidate holds what the vocabulary lacks.
void check_known(const text::Tokenizer& tokenizer, const TokenList& candidate, const std::string& text,
                 const std::string& where, Asked asked) {
  std::optional<std::int32_t> unknown = tokenizer.unk_id();
  if (asked == Asked::Target && unknown && tokenizer.token_of(*unknown).find("unk") == std::string::npos)
    unknown = tokenizer.id_of("<unk>");
  if (unknown && std::find(candidate.begin(), candidate.end(), *unknown) != candidate.end())
    throw input_error("{}: the vocabulary has no token for '{}' or a part of it", where, text);
}

}  // namespace

PromptTokens prompt_tokens(const text::Tokenizer& tokenizer, const io::PromptPair& pair,
                           const std::string& where, Asked asked) {
  if (!pair.target.empty() && asked != Asked::Target)
    throw input_error("{}: 'target' is what a decoder has written, and the model has none", where);
  PromptTokens out;
  out.asked = asked;
  if (asked == Asked::Behind) set_behind(tokenizer, pair, where, out);
  if (asked == Asked::AtMask) set_at_mask(tokenizer, pair, where, out);
  if (asked == Asked::Target) set_target(tokenizer, pair, where, out);
  check_known(tokenizer, out.base_candidate, pair.base_candidate, where, asked);
  check_known(tokenizer, out.counterfactual_candidate, pair.counterfactual_candidate, where, asked);
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
