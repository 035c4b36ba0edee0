#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/text/aligned_text.h"

namespace neurox::text {

/// A sentencepiece model's compiled character map (`precompiled_charsmap`): a double-array trie of what is
/// replaced and the replacements, each ending in a zero byte.
class CharacterMap {
 public:
  /// @param bytes  the trie's size in bytes (32 bits, little-endian), the trie, the replacements
  /// @throws Error{Input} with only the reason when the sizes do not fit
  explicit CharacterMap(std::string_view bytes);

  /// As the reference library does it: graphemes of fewer than 6 bytes as a whole, by what their shortest
  /// known beginning stands for; what is left, character by character.
  void apply(AlignedText& text) const;

 private:
  bool find(std::string_view key, std::string_view& replacement) const;

  std::vector<std::uint32_t> units_;
  std::string replacements_;
};

/// @throws Error{Input} with only the reason when it is no base64
std::string decode_base64(std::string_view text);

}  // namespace neurox::text
