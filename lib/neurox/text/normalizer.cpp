#include "neurox/text/normalizer.h"

#include <algorithm>
#include <memory>

#include "neurox/text/character_map.h"
#include "neurox/text/pattern.h"
#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

bool is_ideograph(char32_t c) {
  // The blocks of the reference library, its gap at U+2B820 included.
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

bool is_clean(char32_t c) {
  return c != 0 && c != 0xFFFD && !contains(CharSet::Control, c);
}
char32_t white_to_space(char32_t c) {
  return is_white(c) ? U' ' : c;
}
bool is_no_accent(char32_t c) {
  return !contains(CharSet::Accent, c);
}
bool is_no_mark(char32_t c) {
  return !contains(CharSet::Mark, c);
}

bool is_nmt_kept(char32_t c) {
  return !((c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F);
}
char32_t nmt_space(char32_t c) {
  const bool space = c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 ||
                     (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
                     c == 0xFEFF || c == 0xFFFD;
  return space ? U' ' : c;
}

Normalizer read_bert(const JsonValue& json) {
  BertNormalization how;
  how.clean_text = json.at("clean_text").boolean();
  how.handle_chinese_chars = json.at("handle_chinese_chars").boolean();
  how.lowercase = json.at("lowercase").boolean();
  how.strip_accents = json.boolean_or("strip_accents", how.lowercase);
  return [how](AlignedText& text) { normalize_bert(how, text); };
}

Normalizer read_normalizer_sequence(const JsonValue& json) {
  std::vector<Normalizer> steps;
  for (const JsonValue& step : json.at("normalizers").elements()) steps.push_back(read_normalizer(step));
  return [steps = std::move(steps)](AlignedText& text) {
    for (const Normalizer& step : steps) step(text);
  };
}

Normalizer form(NormalizationForm which) {
  return [which](AlignedText& text) { text.normalize(which); };
}

Normalizer read_character_map(const JsonValue& json) {
  try {
    const auto map = std::make_shared<const CharacterMap>(decode_base64(json.string()));
    return [map](AlignedText& text) { map->apply(text); };
  } catch (const Error& e) {
    throw json.error(e.what());
  }
}

}  // namespace

void normalize_bert(const BertNormalization& how, AlignedText& text) {
  const bool ascii = is_ascii(text.text());
  if (how.clean_text) {
    const auto plain = [](char c) { return c >= ' ' && c <= '~'; };
    if (!std::all_of(text.text().begin(), text.text().end(), plain)) {
      text.filter(is_clean);
      text.map(white_to_space);
    }
  }
  if (how.handle_chinese_chars && !ascii) text.space_around(is_ideograph);
  if (how.strip_accents && !ascii) {
    text.normalize(NormalizationForm::NFD);
    text.filter(is_no_accent);
  }
  if (how.lowercase) text.lowercase();
}

Pattern read_pattern(const JsonValue& json) {
  if (const auto literal = json.find("String")) return literal_pattern(literal->string());
  const JsonValue regex = json.at("Regex");
  try {
    return regex_pattern(regex.string());
  } catch (const Error& e) {
    throw regex.error(e.what());
  }
}

Normalizer read_normalizer(const JsonValue& json) {
  const std::string type = json.at("type").string();
  if (type == "BertNormalizer") return read_bert(json);
  if (type == "Sequence") return read_normalizer_sequence(json);
  if (type == "Lowercase") return [](AlignedText& text) { text.lowercase(); };
  if (type == "NFC") return form(NormalizationForm::NFC);
  if (type == "NFD") return form(NormalizationForm::NFD);
  if (type == "NFKC") return form(NormalizationForm::NFKC);
  if (type == "NFKD") return form(NormalizationForm::NFKD);
  if (type == "StripAccents") return [](AlignedText& text) { text.filter(is_no_mark); };
  if (type == "Strip") {
    const bool left = json.at("strip_left").boolean(), right = json.at("strip_right").boolean();
    return [left, right](AlignedText& text) { text.strip(left, right); };
  }
  if (type == "Nmt")
    return [](AlignedText& text) {
      text.filter(is_nmt_kept);
      text.map(nmt_space);
    };
  if (type == "Prepend")
    return [prefix = json.at("prepend").string()](AlignedText& text) { text.prepend(prefix); };
  if (type == "Replace")
    return [pattern = read_pattern(json.at("pattern")),
            content = json.at("content").string()](AlignedText& text) { text.replace(pattern, content); };
  if (type == "ByteLevel") return [](AlignedText& text) { text.to_byte_level(); };
  if (type == "Precompiled") return read_character_map(json.at("precompiled_charsmap"));
  throw json.at("type").error(
      fmt::format("there is no normalizer \"{}\"; supported are BertNormalizer, ByteLevel, Lowercase, NFC, "
                  "NFD, NFKC, NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip, StripAccents",
                  type));
}

}  // namespace neurox::text
