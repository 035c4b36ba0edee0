#pragma once

#include <functional>

#include "neurox/text/json_reader.h"
#include "neurox/text/piece_text.h"

namespace neurox::text {

/// A split of the text into words, inside which the model looks for tokens.
using PreTokenizer = std::function<void(PieceText&)>;

/// The pre-tokenizer that a tokenizer file asks for.
/// @throws Error{Input} for one that is not known or not complete
PreTokenizer read_pre_tokenizer(const JsonValue& json);

/// BERT's: words are what stands between white space, each punctuation character is a word.
void pre_tokenize_bert(PieceText& text);

/// Byte-level: a space in front where asked and none is there, GPT-2's words where asked, then bytes as
/// characters.
struct ByteLevelOptions {
  bool add_prefix_space = false;
  bool use_regex = true;
};
void pre_tokenize_byte_level(const ByteLevelOptions& how, PieceText& text);

}  // namespace neurox::text
