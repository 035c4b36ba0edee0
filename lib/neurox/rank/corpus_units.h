#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace neurox {

/// What is known of the tokens of a corpus, #tokens each.
struct CorpusTokens {
  std::span<const std::int64_t> rows;       ///< of the file, ascending; a gap breaks an n-gram
  std::span<const int> words;               ///< word type, -1 none
  std::span<const std::int32_t> sentences;  ///< tokens of a sentence lie next to each other
};

/// One sort of thing that stands in a corpus again and again: words, n-grams, sentences.
struct CorpusUnits {
  std::string kind;
  std::vector<std::int32_t> type;    ///< #tokens, the type at each token, -1 none; numbered as they come
  std::vector<std::int64_t> count;   ///< #types, tokens of each
  std::vector<std::int64_t> sample;  ///< #types, the first token of each
};

/// The n words that end at each token, within one sentence; n = 1: the word itself. Types of fewer than
/// `min_count` tokens are left out.
/// @throws Error{Usage} for n < 1; Error{Input} when sizes differ
CorpusUnits ngram_units(const CorpusTokens& tokens, int n, std::int64_t min_count);

/// Every sentence by itself.
CorpusUnits sentence_units(const CorpusTokens& tokens);

}  // namespace neurox
