#pragma once

#include <string>
#include <vector>

#include "neurox/text/unicode_data.h"

namespace neurox::text {

/// Whether a character is in a set. ASCII by table, others by binary search.
bool contains(CharSet set, char32_t c);

inline bool is_white(char32_t c) {
  return c < 0x80 ? c == ' ' || (c >= 9 && c <= 13) : contains(CharSet::White, c);
}

/// Lower case of one character, as Unicode's SpecialCasing has it without conditions: one character, or two
/// for U+0130 (then `second` is not 0).
struct Lowered {
  char32_t first, second;
};
Lowered lower(char32_t c);

/// A character of the new text and how it came from the old text, as the reference library's alignment has
/// it: 0 takes the place of one old character, 1 is put in addition, -n takes the place of one and of the n
/// after it.
struct Change {
  char32_t c;
  int change;
};

enum class NormalizationForm { NFC, NFD, NFKC, NFKD };

/// A text in a normalization form of Unicode 9.0, the version of the reference library: characters that are
/// newer stay as they are.
std::vector<Change> normalization(const std::u32string& text, NormalizationForm form);

}  // namespace neurox::text
