#include "neurox/rank/corpus_units.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "neurox/core/error.h"

namespace neurox {
namespace {

void check_tokens(const CorpusTokens& tokens) {
  const std::size_t n = tokens.words.size();
  if (tokens.rows.size() != n || tokens.sentences.size() != n)
    throw input_error("corpus: {} rows, {} words and {} sentence numbers; there is one of each per token",
                      tokens.rows.size(), n, tokens.sentences.size());
}

/// Numbers types as they come, then counts them and finds their first tokens.
class TypeNumbers {
 public:
  explicit TypeNumbers(std::string kind) { units_.kind = std::move(kind); }

  /// Two types numbered before make one: what was before, and the word that follows.
  void add(std::pair<std::int32_t, std::int32_t> key) {
    const auto [at, fresh] = numbers_.try_emplace(key, static_cast<std::int32_t>(units_.count.size()));
    if (fresh) {
      units_.count.push_back(0);
      units_.sample.push_back(static_cast<std::int64_t>(units_.type.size()));
    }
    ++units_.count[static_cast<std::size_t>(at->second)];
    units_.type.push_back(at->second);
  }
  void add_none() { units_.type.push_back(-1); }
  CorpusUnits take() { return std::move(units_); }

 private:
  CorpusUnits units_;
  std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> numbers_;
};

CorpusUnits without_rare(CorpusUnits units, std::int64_t min_count) {
  std::vector<std::int32_t> number(units.count.size(), -1);
  CorpusUnits out;
  out.kind = std::move(units.kind);
  for (std::size_t t = 0; t < number.size(); ++t) {
    if (units.count[t] < min_count) continue;
    number[t] = static_cast<std::int32_t>(out.count.size());
    out.count.push_back(units.count[t]);
    out.sample.push_back(units.sample[t]);
  }
  out.type = std::move(units.type);
  for (std::int32_t& t : out.type)
    if (t >= 0) t = number[static_cast<std::size_t>(t)];
  return out;
}

}  // namespace

CorpusUnits ngram_units(const CorpusTokens& tokens, int n, std::int64_t min_count) {
  if (n < 1) throw usage_error("n-grams of {} words; n is at least 1", n);
  check_tokens(tokens);
  std::vector<std::int32_t> shorter(tokens.words.begin(), tokens.words.end());
  CorpusUnits units;
  for (int length = 1; length <= n; ++length) {
    TypeNumbers numbers(length == 1 ? "word" : fmt::format("{} words", length));
    for (std::size_t i = 0; i < shorter.size(); ++i) {
      const bool follows = length == 1 || (i > 0 && tokens.rows[i] == tokens.rows[i - 1] + 1 &&
                                           tokens.sentences[i] == tokens.sentences[i - 1]);
      const std::int32_t before = length == 1 ? 0 : (follows ? shorter[i - 1] : -1);
      if (before < 0 || tokens.words[i] < 0)
        numbers.add_none();
      else
        numbers.add({before, tokens.words[i]});
    }
    units = numbers.take();
    shorter = units.type;
  }
  return without_rare(std::move(units), min_count);
}

CorpusUnits sentence_units(const CorpusTokens& tokens) {
  check_tokens(tokens);
  TypeNumbers numbers("sentence");
  for (const std::int32_t s : tokens.sentences) numbers.add({0, s});
  return numbers.take();
}

}  // namespace neurox
