#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace neurox::text {

/// The tokens of a text, or of a pair of texts. All lists are of one length.
struct Encoding {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> type_ids;  ///< 0, or 1 for the second text where the tokenizer tells them apart
  std::vector<std::string> tokens;     ///< pieces with their markers
  /// Bytes of the UTF-8 text that the token came from, end exclusive, always at characters' bounds; {0, 0}
  /// for added specials. In a pair each counts within its own text.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> bytes;
  std::vector<std::uint8_t> special;   ///< 1 = put in by the post-processor's template
  std::vector<std::uint8_t> sequence;  ///< 0 or 1: the text of a pair that the token is from (specials: 0)
  bool truncated = false;              ///< pieces were cut

  std::size_t size() const { return ids.size(); }
};

/// Puts the tokens of `from` behind those of `to`.
void append(Encoding& to, Encoding from);

struct EncodeOptions {
  bool add_special_tokens = true;
  /// Most tokens that come out, special ones included: texts are cut at the end, the longer of a pair first.
  std::optional<int> max_length;
};

/// Code-point offsets for byte offsets of one text.
class CodePoints {
 public:
  explicit CodePoints(std::string_view utf8);
  /// Number of code points that begin before `byte`, which is at most the text's size.
  std::uint32_t at_byte(std::uint32_t byte) const;

 private:
  std::string_view text_;
  bool ascii_;
  std::vector<std::uint32_t> counts_;  // code points that begin before each 64th byte
};

}  // namespace neurox::text
