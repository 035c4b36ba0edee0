#include "neurox/text/piece_text.h"

#include <algorithm>

#include "neurox/text/byte_level.h"
#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

/// Joins parts as the behavior says; afterwards `matched` means "leave it out".
void apply(SplitBehavior behavior, std::vector<Match>& parts) {
  switch (behavior) {
    case SplitBehavior::Removed:
      return;
    case SplitBehavior::Isolated:
      for (Match& part : parts) part.matched = false;
      return;
    case SplitBehavior::Contiguous:
    case SplitBehavior::MergedWithPrevious: {
      std::vector<Match> joined;
      bool previous = false;
      for (const Match& part : parts) {
        const bool join =
            behavior == SplitBehavior::Contiguous ? part.matched == previous : part.matched && !previous;
        if (join && !joined.empty()) {
          joined.back().end = part.end;
        } else {
          joined.push_back({part.begin, part.end, false});
        }
        previous = part.matched;
      }
      parts = std::move(joined);
      return;
    }
    case SplitBehavior::MergedWithNext: {
      std::vector<Match> joined;
      bool previous = false;
      std::for_each(parts.rbegin(), parts.rend(), [&](const Match& part) {
        if (part.matched && !previous && !joined.empty()) {
          joined.back().begin = part.begin;
        } else {
          joined.push_back({part.begin, part.end, false});
        }
        previous = part.matched;
      });
      std::reverse(joined.begin(), joined.end());
      parts = std::move(joined);
      return;
    }
  }
}

}  // namespace

void PieceText::append(const AlignedText& text, const TokenParts& parts) {
  const auto base = static_cast<std::uint32_t>(text_.size());
  text_ += text.text();
  spans_.insert(spans_.end(), text.spans().begin(), text.spans().end());
  for (const TokenPart& part : parts) {
    put(pieces_, base + part.begin, base + part.end);
    if (part.begin < part.end) pieces_.back().token = part.token;
  }
}

void PieceText::split(const Pattern& pattern, SplitBehavior behavior) {
  std::vector<Piece> out;
  out.reserve(pieces_.size() * 2);
  std::vector<Match> parts;
  for (const Piece& piece : pieces_) {
    if (piece.token >= 0) {
      out.push_back(piece);
      continue;
    }
    parts.clear();
    pattern(view(piece), parts);
    apply(behavior, parts);
    for (const Match& part : parts)
      if (!part.matched) put(out, piece.begin + part.begin, piece.begin + part.end);
  }
  pieces_ = std::move(out);
}

void PieceText::rewrite(const std::function<void(AlignedText&, const Piece&)>& change) {
  std::string text;
  std::vector<Span> spans;
  text.reserve(text_.size() + 16);
  spans.reserve(text_.size() + 16);
  std::vector<Piece> out;
  for (const Piece& piece : pieces_) {
    AlignedText part(std::string(view(piece)), {spans_.begin() + piece.begin, spans_.begin() + piece.end},
                     piece.origin);
    if (piece.token < 0) change(part, piece);
    if (part.empty()) continue;
    const auto begin = static_cast<std::uint32_t>(text.size());
    text += part.text();
    spans.insert(spans.end(), part.spans().begin(), part.spans().end());
    out.push_back({begin, static_cast<std::uint32_t>(text.size()), piece.origin, piece.token});
  }
  text_ = std::move(text);
  spans_ = std::move(spans);
  pieces_ = std::move(out);
}

void PieceText::to_byte_level() {
  std::string text;
  std::vector<Span> spans;
  text.reserve(text_.size() * 2);
  spans.reserve(text_.size() * 2);
  for (Piece& piece : pieces_) {
    const auto begin = static_cast<std::uint32_t>(text.size());
    for (std::uint32_t i = piece.begin; i < piece.end; ++i) {
      if (piece.token < 0) {
        append_utf8(text, byte_level_char(text_[i]));
      } else {
        text.push_back(text_[i]);
      }
      spans.resize(text.size(), spans_[i]);
    }
    piece.begin = begin;
    piece.end = static_cast<std::uint32_t>(text.size());
  }
  text_ = std::move(text);
  spans_ = std::move(spans);
}

}  // namespace neurox::text
