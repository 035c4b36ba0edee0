#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "neurox/extract/sentence_plan.h"

namespace neurox::attribute {

/// First and last token of a sentence, both included.
struct TokenSpan {
  std::int64_t first = 0, last = 0;
  friend bool operator==(const TokenSpan&, const TokenSpan&) = default;
};

/// The tokens in which an answer is looked for: those of the second text of a pair, else of the text; special
/// tokens are none of them.
struct Passage {
  struct Token {
    std::int64_t place;                  ///< in the sentence
    std::uint32_t char_begin, char_end;  ///< characters of its text, end exclusive
  };
  std::vector<Token> tokens;
};

/// @param rows  a plan of unit token; rows that were cut away are left out
Passage passage_of(const std::vector<extract::PlannedRow>& rows, bool pair);

/// The tokens that share a character with [begin, end) of the passage's text; nothing where none does.
std::optional<TokenSpan> tokens_of(const Passage& passage, std::uint32_t char_begin, std::uint32_t char_end);

/// The answer that the model gives: the pair start <= end within the passage with the largest sum of both
/// logits, at most `longest` tokens long; of equal ones the first. "No answer" is never given.
/// @param start, end  #tokens logits of the whole sentence
/// @throws Error{Usage} for an empty passage
TokenSpan best_answer(const torch::Tensor& start, const torch::Tensor& end, const Passage& passage,
                      int longest = 30);

/// The part of UTF-8 text between two of its characters.
std::string characters_of(const std::string& text, std::uint32_t begin, std::uint32_t end);

/// Kinds of token of a question and its text: `special`, `question word` (what, which, who, whom, whose,
/// when, where, why, how), `question`, `answer`, `context`. Of other pairs `first text` and `second text`, of
/// a single text `word`.
struct SegmentInput {
  std::string token;
  bool special = false;
  bool second = false;     ///< of the second text
  bool pair = false;       ///< there are two texts
  bool questions = false;  ///< they are a question and its text
  bool in_answer = false;
};
std::string_view segment_of(const SegmentInput& token);

}  // namespace neurox::attribute
