#pragma once

#include <string>

#include "neurox/text/aligned_text.h"

namespace neurox::text {

/// Finds a string as it is; an empty one nowhere.
Pattern literal_pattern(std::string needle);

/// Finds single characters.
Pattern character_pattern(std::function<bool(char32_t)> is);

/// Whole words: `\w+|[^\w\s]+`.
Pattern word_pattern();

/// The same parts with matched and unmatched exchanged.
Pattern inverted(Pattern pattern);

/// Finds what a regular expression in Oniguruma's syntax (Ruby's, which tokenizer files are written in)
/// matches, from left to right, without empty matches right behind a match.
///
/// ICU does the matching, after a translation: `\s \w \d \h \p{L} \p{N}` are Oniguruma's sets whatever the
/// ICU,
/// `(?m)` is ICU's `(?s)`, `^` and `$` hold at every line, a `+` behind `{n,m}` repeats.
/// @throws Error{Input} with only the reason when ICU cannot compile it: the caller says where it stands
Pattern regex_pattern(const std::string& expression);

/// The expression as ICU reads it.
std::string icu_expression(const std::string& oniguruma);

}  // namespace neurox::text
