#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/text/added_tokens.h"
#include "neurox/text/aligned_text.h"

namespace neurox::text {

/// What becomes of the parts that a splitting pattern matches.
enum class SplitBehavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// A piece of a text in work: bytes begin..end of it. `origin` is the byte of the original text it begins at.
/// `token` is the id of an added token, or -1 for what is still to be split and looked up.
struct Piece {
  std::uint32_t begin, end, origin;
  std::int32_t token;
};

/// A text in work and its pieces, which are never empty. Splitting only moves bounds; nothing is copied.
class PieceText {
 public:
  const std::vector<Piece>& pieces() const { return pieces_; }
  std::string_view view(const Piece& piece) const {
    return std::string_view(text_).substr(piece.begin, piece.end - piece.begin);
  }
  /// The span of the original text that bytes begin..end (non-empty, within the piece) came from.
  Span span(const Piece& piece, std::uint32_t begin, std::uint32_t end) const {
    return {spans_[piece.begin + begin].begin, spans_[piece.begin + end - 1].end};
  }

  /// Puts a text at the end and makes its parts pieces.
  void append(const AlignedText& text, const TokenParts& parts);

  /// Splits every piece that is no added token.
  void split(const Pattern& pattern, SplitBehavior behavior);
  /// Changes the text of every piece that is no added token.
  void rewrite(const std::function<void(AlignedText&, const Piece&)>& change);
  /// Replaces each byte by the character that stands for it.
  void to_byte_level();

 private:
  void put(std::vector<Piece>& out, std::uint32_t begin, std::uint32_t end) const {
    if (begin < end) out.push_back({begin, end, spans_[begin].begin, -1});
  }
  std::string text_;
  std::vector<Span> spans_;
  std::vector<Piece> pieces_;
};

}  // namespace neurox::text
