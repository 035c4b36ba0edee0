#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/text/json_reader.h"
#include "neurox/text/vocabulary.h"

namespace neurox::text {

/// A token within a word: its id and the bytes of the word that it covers.
struct WordToken {
  std::int32_t id;
  std::uint32_t begin, end;
};

/// Finds the tokens of one word. Const and thread-safe.
class WordModel {
 public:
  virtual ~WordModel() = default;
  /// Appends the tokens of a word that is not empty.
  /// @throws Error{Input} when the word needs an unknown-token that the vocabulary does not have
  virtual void tokenize(std::string_view word, std::vector<WordToken>& tokens) const = 0;

  /// Whether an unknown token is shown as the text that it stands for.
  virtual bool shows_unknown_text() const { return false; }

  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// What the file names as token for what it does not know; empty when it names none.
  const std::string& unknown_token() const { return unknown_token_; }

 protected:
  WordModel(Vocabulary vocabulary, std::string unknown_token);
  std::int32_t unknown_id(std::string_view word) const;
  /// -1 when the vocabulary lacks it
  std::int32_t unknown_id() const { return unknown_id_; }

 private:
  Vocabulary vocabulary_;
  std::string unknown_token_;
  std::int32_t unknown_id_;
};

/// The model that a tokenizer file asks for: WordPiece, BPE, WordLevel or Unigram.
/// @throws Error{Input} for one that is not known or not complete
std::unique_ptr<WordModel> read_word_model(const JsonValue& json);

/// An object of tokens and ids. @throws Error{Input} for an id that is none
Vocabulary read_vocabulary(const JsonValue& json);

/// A word is a token or is unknown.
std::unique_ptr<WordModel> make_word_level(Vocabulary vocabulary, std::string unknown_token);

/// The same for lists whose unknown words have stand-ins by their look: the first listed one of
/// `<unk:SHAPE:ccc>`, `<unk:SHAPE:cc>` and `<unk:SHAPE>`. SHAPE is `num` with a digit 0-9, else `cap`, `low`
/// or `sym` by the first character: upper case, another letter, neither. ccc and cc are the last characters
/// in lower case, of words that are longer.
std::unique_ptr<WordModel> make_shaped_words(Vocabulary vocabulary);

/// Longest match first (BERT). A word longer than max_input_chars_per_word, or of which a part is not in the
/// vocabulary, is the unknown token as a whole.
struct WordPieceOptions {
  std::string unknown_token = "[UNK]";
  std::string continuing_subword_prefix = "##";
  std::int32_t max_input_chars_per_word = 100;
};
std::unique_ptr<WordModel> make_word_piece(Vocabulary vocabulary, WordPieceOptions options);

/// Byte pair encoding: characters, then merges by rank.
struct BpeOptions {
  std::string unknown_token;  ///< empty: none, and unknown characters vanish
  std::string continuing_subword_prefix, end_of_word_suffix;
  bool fuse_unknown = false;   ///< unknown characters side by side are one token
  bool byte_fallback = false;  ///< unknown characters become <0x..> tokens, where all of theirs exist
  bool ignore_merges = false;  ///< a word of the vocabulary is that token whatever the merges
  std::vector<std::pair<std::string, std::string>> merges;  ///< by rank
};
/// @throws Error{Input} with only the reason for a merge whose parts or result are not in the vocabulary
std::unique_ptr<WordModel> make_bpe(Vocabulary vocabulary, BpeOptions options);

/// The way through a word whose pieces' scores (log-probabilities) sum highest (Kudo 2018); characters of no
/// piece are unknown, at the least score less 10, and one token where they stand side by side.
struct UnigramOptions {
  std::vector<std::pair<std::string, double>> pieces;  ///< by id
  std::int32_t unknown = -1;   ///< its id; -1: none, and unknown characters are refused
  bool byte_fallback = false;  ///< unknown text becomes <0x..> tokens, where all of its bytes have one
};
/// @throws Error{Input} with only the reason for an unknown id beyond the vocabulary
std::unique_ptr<WordModel> make_unigram(UnigramOptions options);

}  // namespace neurox::text
