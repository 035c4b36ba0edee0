#pragma once

#include <cstdint>
#include <span>

namespace neurox::text {

/// Code points first, first + step, ..., last, whose lower case is each + difference.
struct LowerRun {
  char32_t first, last;
  std::int32_t step, difference;
};

/// The sets of characters that tokenizers split at or drop, each as the reference library has it: its parts
/// carry different Unicode versions, and the sets differ accordingly.
enum class CharSet {
  White,        ///< White_Space
  Numeric,      ///< general category N
  Punctuation,  ///< ASCII punctuation, or general category P
  Control,      ///< general category Cc, Cf or Co, but tab, line feed and carriage return
  Accent,       ///< vanishes when BERT strips accents: Mn after decomposition
  Mark,         ///< general category M
  Word,         ///< \w of whole-word tests and of the Whitespace pre-tokenizer
  RegexLetter,  ///< \p{L} of patterns
  RegexNumber,  ///< \p{N} of patterns
  RegexWord,    ///< \w of patterns
  RegexDigit    ///< \d of patterns
};

/// The members of a set as ranges, both ends included: first, last, first, last, ..., ascending and disjoint.
std::span<const char32_t> bounds(CharSet set);

/// Lower case of every character whose lower case is one other character; ascending, runs do not interleave.
std::span<const LowerRun> lower_runs();

}  // namespace neurox::text
