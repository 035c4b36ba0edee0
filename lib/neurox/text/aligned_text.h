#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "neurox/text/unicode.h"

namespace neurox::text {

/// Bytes begin..end (exclusive) of the original text.
struct Span {
  std::uint32_t begin, end;
  friend bool operator==(const Span&, const Span&) = default;
};

/// A part of a text, and whether it is what a pattern looks for.
struct Match {
  std::uint32_t begin, end;
  bool matched;
};

/// Appends to `parts` a text's parts that match and those in between, in order and without gaps. An empty
/// text has one empty part.
using Pattern = std::function<void(std::string_view text, std::vector<Match>& parts)>;

/// A text in work: the UTF-8 as it is now and, for each of its bytes, the span of the original text it came
/// from. All bytes of one character have one span. Every change keeps spans as the reference library does, so
/// that offsets come out as its offsets.
class AlignedText {
 public:
  AlignedText() = default;
  /// Valid UTF-8 that begins at byte `origin` of the original text.
  AlignedText(std::string_view original, std::uint32_t origin);
  AlignedText(std::string text, std::vector<Span> spans, std::uint32_t origin)
      : text_(std::move(text)), spans_(std::move(spans)), origin_(origin) {}

  const std::string& text() const { return text_; }
  const std::vector<Span>& spans() const { return spans_; }
  bool empty() const { return text_.empty(); }

  void filter(bool (*keep)(char32_t));
  void map(char32_t (*f)(char32_t));
  void lowercase();
  void normalize(NormalizationForm form);
  /// A new text, given as changes of this one.
  void change(const std::vector<Change>& changes);
  /// A space on both sides of each character that `where` holds for.
  void space_around(bool (*where)(char32_t));
  /// No effect on an empty text.
  void prepend(std::string_view prefix);
  void replace(const Pattern& pattern, std::string_view content);
  /// White space at the ends vanishes.
  void strip(bool left, bool right);
  /// Each byte becomes the character that stands for it in byte-level vocabularies.
  void to_byte_level();

 private:
  std::string text_;
  std::vector<Span> spans_;
  std::uint32_t origin_ = 0;
};

}  // namespace neurox::text
