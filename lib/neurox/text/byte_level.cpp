#include "neurox/text/byte_level.h"

#include <array>

#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

constexpr bool printable(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr std::array<char32_t, 256> make_table() {
  std::array<char32_t, 256> table{};
  char32_t next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) table[byte] = printable(byte) ? byte : next++;
  return table;
}
constexpr std::array<char32_t, 256> kCharOfByte = make_table();

constexpr std::array<int, 324> make_inverse() {
  std::array<int, 324> table{};
  for (int& entry : table) entry = -1;
  for (unsigned byte = 0; byte < 256; ++byte) table[kCharOfByte[byte]] = static_cast<int>(byte);
  return table;
}
constexpr std::array<int, 324> kByteOfChar = make_inverse();

enum class Kind { Space, Letter, Number, Other };

Kind kind_of(char32_t c) {
  if (c < 0x80) {
    if ((c | 32U) >= 'a' && (c | 32U) <= 'z') return Kind::Letter;
    if (c >= '0' && c <= '9') return Kind::Number;
    return is_white(c) ? Kind::Space : Kind::Other;
  }
  if (contains(CharSet::RegexLetter, c)) return Kind::Letter;
  if (contains(CharSet::RegexNumber, c)) return Kind::Number;
  return is_white(c) ? Kind::Space : Kind::Other;
}

/// Length of the English contraction at `rest`, or 0.
std::size_t contraction(std::string_view rest) {
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
    if (rest.starts_with(ending)) return ending.size();
  return 0;
}

}  // namespace

char32_t byte_level_char(char byte) {
  return kCharOfByte[static_cast<unsigned char>(byte)];
}

std::optional<char> byte_level_byte(char32_t c) {
  if (c >= kByteOfChar.size() || kByteOfChar[c] < 0) return std::nullopt;
  return static_cast<char>(kByteOfChar[c]);
}

void split_gpt2(std::string_view text, std::vector<Match>& parts) {
  const auto put = [&](std::size_t begin, std::size_t end) {
    parts.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), true});
  };
  for (std::size_t begin = 0; begin < text.size();) {
    if (text[begin] == '\'')
      if (const std::size_t length = contraction(text.substr(begin)); length > 0) {
        put(begin, begin + length);
        begin += length;
        continue;
      }
    std::size_t at = begin;
    Kind kind = kind_of(next_code_point(text, at));
    if (text[begin] == ' ' && at < text.size()) {
      std::size_t after = at;
      if (const Kind second = kind_of(next_code_point(text, after)); second != Kind::Space) {
        kind = second;
        at = after;
      }
    }
    std::size_t last = begin;  // where the last character of the run begins
    while (at < text.size()) {
      std::size_t after = at;
      if (kind_of(next_code_point(text, after)) != kind) break;
      last = at;
      at = after;
    }
    // White space before a word leaves its last character to that word.
    if (kind == Kind::Space && at < text.size() && last > begin) at = last;
    put(begin, at);
    begin = at;
  }
}

}  // namespace neurox::text
