#pragma once

#include <functional>
#include <string>
#include <vector>

#include "neurox/text/json_reader.h"

namespace neurox::text {

/// Turns tokens into pieces of text, which are then joined without anything between.
using Decoder = std::function<void(std::vector<std::string>&)>;

/// The decoder that a tokenizer file asks for.
/// @throws Error{Input} for one that is not known or not complete
Decoder read_decoder(const JsonValue& json);

/// Byte-level characters back to bytes; what is no UTF-8 then becomes U+FFFD.
void decode_byte_level(std::vector<std::string>& tokens);

/// WordPiece: a space before each token but the first and those with the prefix, which is taken off; with
/// `cleanup` the space before punctuation and English contractions vanishes.
struct WordPieceDecoding {
  std::string prefix = "##";
  bool cleanup = true;
};
void decode_word_piece(const WordPieceDecoding& how, std::vector<std::string>& tokens);

}  // namespace neurox::text
