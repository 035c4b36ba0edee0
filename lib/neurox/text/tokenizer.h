#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "neurox/text/encoding.h"
#include "neurox/text/languages.h"

namespace neurox::text {

/// A model's tokenizer, read from its folder and equal to the `tokenizers` library (0.23) in ids, tokens and
/// offsets. Encoding and decoding are const and may run in many threads at once.
///
/// Of a model with a decoder a pair is a source with its target: each as a text alone, the token that the
/// decoder begins with between them, type ids 0 and 1; the target's tokenizer may be another one
/// (Marian's target.spm, target_tokenizer.json), and ids in `decode`, `id_of`, `token_of` are the target's.
///
/// Read are `tokenizer.json`; or, where there is none, `vocab.txt` (WordPiece, as BERT), `vocab.json` and
/// `merges.txt` (byte-level BPE, as GPT-2 and RoBERTa), with `tokenizer_config.json`, or a sentencepiece
/// model (Marian: source.spm, target.spm, vocab.json). Truncation and padding that a file asks for are not
/// done: see EncodeOptions.
class Tokenizer {
 public:
  /// @param path a model's folder, or a tokenizer.json
  /// @throws Error{Input} naming file, place and what was found when a file is missing, or broken
  static Tokenizer load(const std::filesystem::path& path, const Languages& languages = {});

  /// Of a TorchScript file, from its folder: `tokenizer.json`, or a list of words, `vocab.txt` (line n, from
  /// 0, is id n) or `vocab.json` (token to id). Words of a list are found by `[\w']+|[^\w\s]`, or are
  /// characters where all entries are; text is lower-cased when no entry has a capital letter; what is not
  /// listed is
  /// `<unk>`. `NAME.neurox.json` beside `NAME.ts` changes that: `words` (a regular expression, `spaces` or
  /// `characters`), `lowercase`, `unknown`. Of a folder with a network: of its file `model.safetensors`. Of a
  /// text file of word vectors: its own words.
  /// @throws Error{Input} as load, and when there is no vocabulary
  static Tokenizer load_beside(const std::filesystem::path& script);

  /// @throws Error{Input} when the text is no UTF-8 (with the byte), or needs an unknown-token that the
  /// vocabulary lacks; Error{Usage} when max_length leaves no room for the special tokens
  Encoding encode(std::string_view text, const EncodeOptions& options = {}) const;
  Encoding encode_pair(std::string_view first, std::string_view second,
                       const EncodeOptions& options = {}) const;

  /// What a decoder writes, by the target's tokenizer; as `encode` where there is one for both.
  Encoding encode_target(std::string_view text, const EncodeOptions& options = {}) const;

  /// The text of ids; ids that no token has are passed over.
  std::string decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const;

  /// Added tokens included.
  std::optional<std::int32_t> id_of(std::string_view token) const;
  /// Empty when no token has the id.
  std::string token_of(std::int32_t id) const;
  /// Highest id + 1, added tokens included.
  std::int32_t vocab_size() const;
  std::int32_t target_vocab_size() const;
  /// What a decoder begins with; nothing for a model without one.
  std::optional<std::int32_t> decoder_start() const;
  /// What must be written first where a target language was asked for (and does not begin the decoder
  /// itself).
  std::optional<std::int32_t> target_language() const;

  /// Tokens with a role: as tokenizer_config.json or special_tokens_map.json say, else by the usual names
  /// ([MASK] or <mask> and so on). Nothing where the tokenizer has none.
  std::optional<std::int32_t> unk_id() const;
  std::optional<std::int32_t> mask_id() const;
  std::optional<std::int32_t> pad_id() const;
  std::optional<std::int32_t> bos_id() const;
  std::optional<std::int32_t> eos_id() const;
  std::optional<std::int32_t> cls_id() const;
  std::optional<std::int32_t> sep_id() const;

  /// Whether an added token is declared special.
  bool is_special(std::int32_t id) const;
  /// The length at which the file itself asks to truncate; not done unless asked for.
  std::optional<int> file_max_length() const;
  /// The longest input that tokenizer_config.json gives (`model_max_length`), where it is a real number.
  std::optional<int> model_max_length() const;
  /// Number of special tokens that encode (or encode_pair) adds.
  int added_tokens(bool pair) const;
  /// SHA-256 of the tokenizer's file, or of its files' hashes in a line each.
  const std::string& fingerprint() const;

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

 private:
  struct Parts;
  explicit Tokenizer(std::unique_ptr<const Parts> parts);
  std::unique_ptr<const Parts> parts_;
};

}  // namespace neurox::text
