#include "neurox/ablate/bleu.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox::ablate {
namespace {

constexpr std::size_t orders = 4, characters = 6;
using Tokens = std::vector<std::string>;
using Counts = std::map<std::string, std::int64_t>;

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_mark(char c) {
  return c == '.' || c == ',';
}

/// Bytes of the white space that begins here, 0 where there is none: what Python's str.split takes for it.
std::size_t space_at(std::string_view text, std::size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  if (byte == ' ' || (byte >= 0x09 && byte <= 0x0D) || (byte >= 0x1C && byte <= 0x1F)) return 1;
  const std::string_view two = text.substr(i, 2), three = text.substr(i, 3);
  if (two == "\u0085" || two == "\u00A0") return 2;
  if (three == "\u1680" || three == "\u2028" || three == "\u2029" || three == "\u202F" || three == "\u205F" ||
      three == "\u3000" || (three >= "\u2000" && three <= "\u200A"))
    return 3;
  return 0;
}

Counts count_ngrams(const Tokens& tokens, std::size_t n, std::string_view between) {
  Counts out;
  for (std::size_t i = 0; i + n <= tokens.size(); ++i) {
    std::string gram = tokens[i];
    for (std::size_t k = 1; k < n; ++k) (gram += between) += tokens[i + k];
    ++out[gram];
  }
  return out;
}

/// What BLEU counts, added up over texts.
struct BleuCounts {
  std::array<std::int64_t, orders> right{}, all{};
  std::int64_t length = 0, reference_length = 0;

  void add(const std::string& text, const std::vector<std::string>& references) {
    const Tokens tokens = tokens_13a(text);
    const auto size = static_cast<std::int64_t>(tokens.size());
    std::vector<Tokens> others;
    std::int64_t nearest = -1;
    for (const std::string& reference : references) {
      others.push_back(tokens_13a(reference));
      const auto other = static_cast<std::int64_t>(others.back().size());
      const std::int64_t gap = std::abs(other - size), best = std::abs(nearest - size);
      if (nearest < 0 || gap < best || (gap == best && other < nearest)) nearest = other;
    }
    length += size;
    reference_length += nearest;
    for (std::size_t n = 1; n <= orders; ++n) {
      Counts most;
      for (const Tokens& other : others)
        for (const auto& [gram, count] : count_ngrams(other, n, " "))
          most[gram] = std::max(most[gram], count);
      for (const auto& [gram, count] : count_ngrams(tokens, n, " ")) {
        all[n - 1] += count;
        if (const auto it = most.find(gram); it != most.end()) right[n - 1] += std::min(count, it->second);
      }
    }
  }

  double score(bool effective_order) const {
    if (std::all_of(right.begin(), right.end(), [](std::int64_t r) { return r == 0; })) return 0;
    double logs = 0, smoothing = 1;
    std::size_t counted = effective_order ? 0 : orders;
    for (std::size_t n = 0; n < orders; ++n) {
      if (all[n] == 0) {
        if (!effective_order) return 0;
        break;
      }
      if (effective_order) counted = n + 1;
      if (right[n] == 0) smoothing *= 2;
      const auto total = static_cast<double>(all[n]);
      logs +=
          std::log(right[n] == 0 ? 100 / (smoothing * total) : 100 * static_cast<double>(right[n]) / total);
    }
    const double brevity =
        length < reference_length
            ? std::exp(1 - static_cast<double>(reference_length) / static_cast<double>(length))
            : 1;
    return brevity * std::exp(logs / static_cast<double>(counted));
  }
};

/// Characters without white space.
Tokens characters_of(std::string_view text) {
  Tokens out;
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t space = space_at(text, i); space > 0) {
      i += space;
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    out.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return out;
}

void check_sizes(std::size_t texts, std::size_t references) {
  if (texts != references)
    throw input_error("{} texts but {} references; each text has one", texts, references);
}

}  // namespace

std::vector<std::string> tokens_13a(std::string_view text) {
  std::string line(text);
  replace_all(line, "<skipped>", "");
  replace_all(line, "-\n", "");
  replace_all(line, "\n", " ");
  replace_all(line, "&quot;", "\"");
  replace_all(line, "&amp;", "&");
  replace_all(line, "&lt;", "<");
  replace_all(line, "&gt;", ">");
  // Punctuation but apostrophe, comma, hyphen and point.
  std::string apart = " ";
  for (const char c : line + ' ') {
    const bool alone = c > 0 && ((c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') ||
                                 (c >= '(' && c <= '+') || (c >= ':' && c <= '@') || c == '/');
    if (alone) apart += ' ';
    apart += c;
    if (alone) apart += ' ';
  }
  // Pairs, each looked at once from left to right: x. -> x . ;  .x -> . x;  9- -> 9 -
  const auto pairs = [](const std::string& from, const auto& is_first, const auto& is_second, bool before,
                        bool after) {
    std::string to;
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (i + 1 == from.size() || !is_first(from[i]) || !is_second(from[i + 1])) {
        to += from[i];
        continue;
      }
      if (before) to += ' ';
      (to += from[i]) += ' ';
      to += from[++i];
      if (after) to += ' ';
    }
    return to;
  };
  const auto no_digit = [](char c) { return !is_digit(c); };
  apart = pairs(apart, no_digit, is_mark, false, true);
  apart = pairs(apart, is_mark, no_digit, true, false);
  apart = pairs(
      apart, is_digit, [](char c) { return c == '-'; }, false, true);
  std::vector<std::string> out;
  std::string token;
  for (std::size_t i = 0; i < apart.size();) {
    const std::size_t space = space_at(apart, i);
    if (space == 0) {
      token += apart[i++];
      continue;
    }
    if (!token.empty()) out.push_back(std::exchange(token, {}));
    i += space;
  }
  if (!token.empty()) out.push_back(token);
  return out;
}

double corpus_bleu(std::span<const std::string> texts, std::span<const std::vector<std::string>> references) {
  check_sizes(texts.size(), references.size());
  BleuCounts counts;
  for (std::size_t i = 0; i < texts.size(); ++i) counts.add(texts[i], references[i]);
  return counts.score(false);
}

double sentence_bleu(const std::string& text, const std::vector<std::string>& references) {
  BleuCounts counts;
  counts.add(text, references);
  return counts.score(true);
}

double chrf(std::span<const std::string> texts, std::span<const std::string> references) {
  check_sizes(texts.size(), references.size());
  std::array<double, characters> found{}, wanted{}, both{};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Tokens text = characters_of(texts[i]), reference = characters_of(references[i]);
    for (std::size_t n = 1; n <= characters; ++n) {
      const Counts a = count_ngrams(text, n, ""), b = count_ngrams(reference, n, "");
      for (const auto& [gram, count] : a) {
        found[n - 1] += static_cast<double>(count);
        if (const auto it = b.find(gram); it != b.end())
          both[n - 1] += static_cast<double>(std::min(count, it->second));
      }
      for (const auto& [gram, count] : b) wanted[n - 1] += static_cast<double>(count);
    }
  }
  double precision = 0, recall = 0, counted = 0;
  for (std::size_t n = 0; n < characters; ++n) {
    if (found[n] == 0 || wanted[n] == 0) continue;
    precision += both[n] / found[n];
    recall += both[n] / wanted[n];
    ++counted;
  }
  if (counted == 0 || precision + recall == 0) return 0;
  precision /= counted;
  recall /= counted;
  return 100 * 5 * precision * recall / (4 * precision + recall);
}

double self_bleu(std::span<const std::string> texts) {
  if (texts.size() < 2) return no_value;
  double sum = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::vector<std::string> others(texts.begin(), texts.end());
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    sum += sentence_bleu(texts[i], others);
  }
  return sum / static_cast<double>(texts.size());
}

double distinct_ngrams(std::span<const std::string> texts, int n) {
  Counts all;
  std::int64_t total = 0;
  for (const std::string& text : texts)
    for (const auto& [gram, count] : count_ngrams(tokens_13a(text), static_cast<std::size_t>(n), " ")) {
      all[gram] += count;
      total += count;
    }
  return total == 0 ? no_value : static_cast<double>(all.size()) / static_cast<double>(total);
}

}  // namespace neurox::ablate
