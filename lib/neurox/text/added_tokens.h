#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "neurox/text/json_reader.h"
#include "neurox/text/normalizer.h"
#include "neurox/text/vocabulary.h"

namespace neurox::text {

/// A token that is found in the text as it stands, before the model sees what is left.
struct AddedToken {
  std::string content;
  bool single_word = false;  ///< not when it touches a word character on either side
  bool lstrip = false;       ///< takes the white space before it
  bool rstrip = false;       ///< takes the white space behind it
  bool normalized = false;   ///< sought, normalized, in the normalized text; else in the text as given
  bool special = false;      ///< left out when decoding skips special tokens
};

/// A part of a text, and the id of the added token that it is, or -1. Parts may overlap where a token takes
/// white space in which another one is found, as in the reference library.
struct TokenPart {
  std::uint32_t begin, end;
  std::int32_t token;
};
using TokenParts = std::vector<TokenPart>;

/// All added tokens of a tokenizer, and where they are in a text. Const and thread-safe once built.
class AddedTokens {
 public:
  AddedTokens() = default;
  /// Ids are those of the vocabulary for what it holds; others follow its size, in this order: the reference
  /// library does not read the ids that the file gives either.
  AddedTokens(const std::vector<AddedToken>& tokens, const Vocabulary& vocabulary,
              const Normalizer& normalizer);

  /// Cuts a text as given, or one that is normalized, at the tokens sought there.
  void split_raw(std::string_view text, TokenParts& parts) const { split(raw_, text, parts); }
  void split_normalized(std::string_view text, TokenParts& parts) const { split(normalized_, text, parts); }
  bool any_raw() const { return !raw_.empty(); }

  std::optional<std::int32_t> id_of(std::string_view content) const;
  /// As it is decoded: the normalized form where the token is normalized.
  const std::string* token_of(std::int32_t id) const;
  bool is_special(std::int32_t id) const;
  /// Whether a token of this content is special (the id does not matter).
  bool is_special_content(const std::string& content) const { return special_.contains(content); }
  std::int32_t highest_id() const { return highest_id_; }

 private:
  struct Sought {
    std::string pattern;
    std::int32_t id;
  };
  /// Patterns by their first byte, longest first.
  class Search {
   public:
    void add(std::string pattern, std::int32_t id);
    bool empty() const { return !any_; }
    /// The longest pattern at `at`, or nothing.
    const Sought* match(std::string_view text, std::size_t at) const;

   private:
    std::array<std::vector<Sought>, 256> by_first_;
    bool any_ = false;
  };
  struct Known {
    AddedToken token;
    std::string decoded;
  };
  void split(const Search& search, std::string_view text, TokenParts& parts) const;

  Search raw_, normalized_;
  std::unordered_map<std::string, std::int32_t> ids_;
  std::unordered_map<std::int32_t, Known> known_;
  std::unordered_set<std::string> special_;
  std::int32_t highest_id_ = -1;
};

/// `added_tokens` of a tokenizer file.
std::vector<AddedToken> read_added_tokens(const JsonValue& json);

}  // namespace neurox::text
