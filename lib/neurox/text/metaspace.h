#pragma once

#include <string>

#include "neurox/text/json_reader.h"
#include "neurox/text/piece_text.h"

namespace neurox::text {

/// Sentencepiece's way to keep spaces: each becomes a visible character, which begins a word.
struct Metaspace {
  enum class Prepend { Always, First, Never };
  char32_t replacement = U'\u2581';
  Prepend prepend = Prepend::Always;  ///< one in front of every piece, of the first one, of none
  bool split = true;
};

/// @throws Error{Input} when members are missing or contradict each other
Metaspace read_metaspace(const JsonValue& json);

void pre_tokenize_metaspace(const Metaspace& how, PieceText& text);

/// Tokens to text: the replacement becomes a space, but vanishes in the first token unless prepend is Never.
void decode_metaspace(const Metaspace& how, std::vector<std::string>& tokens);

}  // namespace neurox::text
