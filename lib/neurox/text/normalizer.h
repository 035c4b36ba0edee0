#pragma once

#include <functional>

#include "neurox/text/aligned_text.h"
#include "neurox/text/json_reader.h"

namespace neurox::text {

/// A change of the text before it is split into words.
using Normalizer = std::function<void(AlignedText&)>;

/// The normalizer that a tokenizer file asks for.
/// @throws Error{Input} for one that is not known or not complete
Normalizer read_normalizer(const JsonValue& json);

/// What BERT does to a text, by the switches of its folder's tokenizer_config.json.
struct BertNormalization {
  bool clean_text = true;            ///< drop control characters, all white space is a space
  bool handle_chinese_chars = true;  ///< spaces around CJK ideographs
  bool strip_accents = true;         ///< decompose and drop Mn; when not given: as lowercase
  bool lowercase = true;
};
void normalize_bert(const BertNormalization& how, AlignedText& text);

/// A string or a regular expression as files write it: {"String": "..."} or {"Regex": "..."}.
Pattern read_pattern(const JsonValue& json);

}  // namespace neurox::text
