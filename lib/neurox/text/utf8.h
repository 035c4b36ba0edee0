#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace neurox::text {

/// Byte offset of the first sequence that is not UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing
/// above U+10FFFF); nothing when all of it is.
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

/// Number of bytes of the character that begins with `lead`, in valid UTF-8.
inline std::size_t utf8_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// Whether a byte continues a character.
inline bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// The character at `position` of valid UTF-8; moves `position` behind it.
char32_t next_code_point(std::string_view text, std::size_t& position);

/// The character that ends before `position` > 0 of valid UTF-8; moves `position` to its begin.
char32_t previous_code_point(std::string_view text, std::size_t& position);

void append_utf8(std::string& text, char32_t c);

/// Number of characters of valid UTF-8.
std::size_t count_code_points(std::string_view text);

bool is_ascii(std::string_view text);

/// `bytes` with every longest invalid part replaced by U+FFFD, as the Unicode standard recommends (and Rust
/// and Python do).
std::string replace_invalid_utf8(std::string_view bytes);

}  // namespace neurox::text
