#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "neurox/text/added_tokens.h"
#include "neurox/text/decoder.h"
#include "neurox/text/languages.h"
#include "neurox/text/normalizer.h"
#include "neurox/text/post_processor.h"
#include "neurox/text/pre_tokenizer.h"
#include "neurox/text/word_model.h"

namespace neurox::text {

/// Tokens with a role, in the order of TokenizerParts::roles.
enum class Role { Unk, Mask, Pad, Bos, Eos, Cls, Sep };
constexpr std::size_t kRoles = 7;

/// What a tokenizer is made of. Steps that a file leaves out are empty functions.
struct TokenizerParts {
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  std::unique_ptr<WordModel> model;
  PostProcessor post_processor;
  Decoder decoder;
  AddedTokens added;
  std::array<std::optional<std::int32_t>, kRoles> roles;
  std::optional<int> file_max_length, model_max_length;
  std::string fingerprint;

  /// Of a model with a decoder: the token that the decoder begins with, and the tokenizer of what it writes
  /// where that is another one. A pair is then a source with its target.
  std::optional<std::int32_t> decoder_start;
  std::shared_ptr<const TokenizerParts> target;
  /// Of targets, where one tokenizer marks both sides with their languages; and the target's, where it must
  /// be written first.
  std::optional<PostProcessor> target_post_processor;
  std::optional<std::int32_t> target_language;
  const TokenizerParts& of_target() const { return target ? *target : *this; }

  std::optional<std::int32_t> id_of(std::string_view token) const;
};

/// Reads a model's folder or a tokenizer.json. @throws Error{Input}, see Tokenizer::load
TokenizerParts read_tokenizer(const std::filesystem::path& path, const Languages& languages = {});

/// What lies beside a TorchScript file, see Tokenizer::load_beside.
TokenizerParts read_tokenizer_beside(const std::filesystem::path& script);

/// The words of a text file of word vectors (core/word_vectors.h), id n the n-th; words that it does not list
/// have the id behind the last, `<unk>`, unless it lists `<unk>`, `[UNK]`, `<UNK>` or `UNK` itself.
TokenizerParts read_tokenizer_of_vectors(const std::filesystem::path& file);

/// How a list of words finds them in a text: `characters`, `spaces` or a regular expression of a word. As the
/// `pre_tokenizer` of a tokenizer.json.
nlohmann::json word_finder(const std::string& words);

/// What `NAME.neurox.json` beside `NAME.ts` says; an empty object without one.
nlohmann::json read_word_settings(const std::filesystem::path& script);

/// Folders without tokenizer.json. `config` is tokenizer_config.json, or null.
TokenizerParts read_word_piece_folder(const std::filesystem::path& folder, const nlohmann::json& config);
TokenizerParts read_byte_level_bpe_folder(const std::filesystem::path& folder, const nlohmann::json& config);

/// source.spm, target.spm and vocab.json (target_vocab.json): Marian's folders.
TokenizerParts read_marian_folder(const std::filesystem::path& folder);
/// sentencepiece.bpe.model and vocab.json: M2M100's. `config` is tokenizer_config.json, or null.
TokenizerParts read_m2m_folder(const std::filesystem::path& folder, const nlohmann::json& config);
/// What a model's folder says of its decoder (config.json: `is_encoder_decoder`), and
/// `target_tokenizer.json`.
void read_target_side(const std::filesystem::path& folder, TokenizerParts& parts);
/// A tokenizer.json, by its content; `file` is what messages name.
TokenizerParts read_tokenizer_tree(const nlohmann::json& tree, const std::filesystem::path& file);

/// Finds the tokens with a role: in the config, else in special_tokens_map.json, else by usual names.
void find_roles(const std::filesystem::path& folder, const nlohmann::json& config, TokenizerParts& parts);

}  // namespace neurox::text
