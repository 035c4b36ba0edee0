#include "neurox/text/character_map.h"

#include <unicode/brkiter.h>
#include <unicode/locid.h>

#include <algorithm>
#include <memory>

#include "neurox/core/error.h"
#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return value;
}

/// Darts-clone's unit: what a node of the trie says.
struct Unit {
  std::uint32_t bits;
  bool has_leaf() const { return (bits >> 8 & 1) == 1; }
  std::size_t value() const { return bits & 0x7FFFFFFFU; }
  std::uint32_t label() const { return bits & (1U << 31 | 0xFFU); }
  std::size_t offset() const { return static_cast<std::size_t>(bits >> 10) << ((bits & 1U << 9) >> 6); }
};

/// `part` of the old text becomes `replacement`, in the reference library's terms of changes.
void replace(std::vector<Change>& changes, std::string_view part, std::string_view replacement) {
  int difference = 0;
  for (std::size_t i = 0; i < replacement.size(); ++difference)
    changes.push_back({next_code_point(replacement, i), 0});
  for (std::size_t i = 0; i < part.size(); --difference) next_code_point(part, i);
  for (int k = 0; k < difference; ++k) changes[changes.size() - 1 - static_cast<std::size_t>(k)].change = 1;
  if (difference < 0 && !changes.empty()) changes.back().change += difference;
}

/// Bounds of the graphemes of a text, in bytes, the begin left out.
std::vector<std::size_t> graphemes(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
  if (U_FAILURE(status) != 0)
    throw input_error("ICU: no data about graphemes ({}); is libicudata complete?", u_errorName(status));
  const icu::UnicodeString wide =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  breaks->setText(wide);
  std::vector<std::size_t> ends;
  std::size_t byte = 0;
  std::int32_t at = breaks->first();
  for (std::int32_t end = breaks->next(); end != icu::BreakIterator::DONE; end = breaks->next()) {
    while (at < end) {
      at += wide.char32At(at) > 0xFFFF ? 2 : 1;
      next_code_point(text, byte);
    }
    ends.push_back(byte);
  }
  return ends;
}

}  // namespace

CharacterMap::CharacterMap(std::string_view bytes) {
  const std::size_t size = bytes.size() >= 4 ? little_endian(bytes, 0) : 0;
  if (bytes.size() < 4 || size % 4 != 0 || size + 4 > bytes.size() || size == 0)
    throw input_error("a character map of {} bytes whose trie would have {}", bytes.size(), size);
  for (std::size_t i = 0; i < size; i += 4) units_.push_back(little_endian(bytes, 4 + i));
  replacements_ = bytes.substr(4 + size);
  if (first_invalid_utf8(replacements_))
    throw input_error("a character map whose replacements are not UTF-8");
}

bool CharacterMap::find(std::string_view key, std::string_view& replacement) const {
  std::size_t node = Unit{units_[0]}.offset();
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0) return false;
    node ^= byte;
    if (node >= units_.size()) return false;
    const Unit unit{units_[node]};
    if (unit.label() != byte) return false;
    node ^= unit.offset();
    if (!unit.has_leaf()) continue;
    if (node >= units_.size()) return false;
    const std::size_t begin = Unit{units_[node]}.value();
    if (begin > replacements_.size()) return false;
    const std::size_t end = std::min(replacements_.find('\0', begin), replacements_.size());
    replacement = std::string_view(replacements_).substr(begin, end - begin);
    return true;
  }
  return false;
}

void CharacterMap::apply(AlignedText& text) const {
  const std::string_view old = text.text();
  std::vector<Change> changes;
  bool modified = false;
  std::string_view replacement;
  std::size_t begin = 0;
  for (const std::size_t end : graphemes(old)) {
    const std::string_view grapheme = old.substr(begin, end - begin);
    begin = end;
    if (grapheme.size() < 6 && find(grapheme, replacement)) {
      replace(changes, grapheme, replacement);
      modified = true;
      continue;
    }
    for (std::size_t i = 0; i < grapheme.size();) {
      const std::size_t first = i;
      const char32_t c = next_code_point(grapheme, i);
      if (find(grapheme.substr(first, i - first), replacement)) {
        replace(changes, grapheme.substr(first, i - first), replacement);
        modified = true;
      } else {
        changes.push_back({c, 0});
      }
    }
  }
  if (modified) text.change(changes);
}

std::string decode_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  while (text.ends_with('=')) text.remove_suffix(1);
  for (const char c : text) {
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+'             ? 62
                      : c == '/'             ? 63
                                             : -1;
    if (value < 0) throw input_error("no base64: \"{}\"", c);
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 255);
  }
  return out;
}

}  // namespace neurox::text
