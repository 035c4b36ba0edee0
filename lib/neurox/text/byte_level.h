#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "neurox/text/aligned_text.h"

namespace neurox::text {

/// The printable character that stands for a byte in byte-level vocabularies (GPT-2's table): itself for
/// printable Latin-1, else U+0100 and on; a space is U+0120.
char32_t byte_level_char(char byte);

/// The byte a character stands for; nothing when it stands for none.
std::optional<char> byte_level_byte(char32_t c);

/// GPT-2's split of a text into words with the space before them,
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// by hand, since it is what most models use. Every character is in one part.
void split_gpt2(std::string_view text, std::vector<Match>& parts);

}  // namespace neurox::text
