#include "neurox/text/aligned_text.h"

#include <algorithm>

#include "neurox/text/byte_level.h"
#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

/// Grows a text and its spans side by side.
struct Builder {
  std::string text;
  std::vector<Span> spans;

  explicit Builder(std::size_t size) {
    text.reserve(size);
    spans.reserve(size);
  }
  void put(char32_t c, Span span) {
    append_utf8(text, c);
    spans.resize(text.size(), span);
  }
  void put(std::string_view part, Span span) {
    text += part;
    spans.resize(text.size(), span);
  }
};

}  // namespace

AlignedText::AlignedText(std::string_view original, std::uint32_t origin)
    : text_(original), spans_(original.size()), origin_(origin) {
  for (std::size_t i = 0; i < text_.size();) {
    const std::size_t end = i + utf8_length(text_[i]);
    const Span span{origin + static_cast<std::uint32_t>(i), origin + static_cast<std::uint32_t>(end)};
    for (; i < end; ++i) spans_[i] = span;
  }
}

void AlignedText::filter(bool (*keep)(char32_t)) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < text_.size();) {
    const std::size_t begin = i;
    if (!keep(next_code_point(text_, i))) continue;
    for (std::size_t k = begin; k < i; ++k, ++out) {
      text_[out] = text_[k];
      spans_[out] = spans_[k];
    }
  }
  text_.resize(out);
  spans_.resize(out);
}

void AlignedText::map(char32_t (*f)(char32_t)) {
  Builder out(text_.size());
  for (std::size_t i = 0; i < text_.size();) {
    const Span span = spans_[i];
    out.put(f(next_code_point(text_, i)), span);
  }
  text_ = std::move(out.text);
  spans_ = std::move(out.spans);
}

void AlignedText::lowercase() {
  if (is_ascii(text_)) {
    for (char& c : text_)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return;
  }
  Builder out(text_.size());
  for (std::size_t i = 0; i < text_.size();) {
    const Span span = spans_[i];
    const Lowered low = lower(next_code_point(text_, i));
    out.put(low.first, span);
    if (low.second != 0) out.put(low.second, span);
  }
  text_ = std::move(out.text);
  spans_ = std::move(out.spans);
}

void AlignedText::space_around(bool (*where)(char32_t)) {
  Builder out(text_.size() + 16);
  for (std::size_t i = 0; i < text_.size();) {
    const Span span = spans_[i];
    const char32_t c = next_code_point(text_, i);
    const bool apart = where(c);
    if (apart) out.put(U' ', span);
    out.put(c, span);
    if (apart) out.put(U' ', span);
  }
  text_ = std::move(out.text);
  spans_ = std::move(out.spans);
}

void AlignedText::normalize(NormalizationForm form) {
  if (is_ascii(text_)) return;
  std::u32string old;
  for (std::size_t i = 0; i < text_.size();) old.push_back(next_code_point(text_, i));
  change(normalization(old, form));
}

void AlignedText::change(const std::vector<Change>& changes) {
  std::vector<Span> old;  // per character
  for (std::size_t i = 0; i < text_.size(); next_code_point(text_, i)) old.push_back(spans_[i]);
  Builder out(text_.size() + 16);
  std::size_t at = 0;  // the old character whose place is taken next
  for (const Change& change : changes) {
    if (change.change > 0) {
      out.put(change.c, at == 0 ? Span{origin_, origin_} : old[std::min(at, old.size()) - 1]);
    } else {
      out.put(change.c, old[std::min(at, old.size() - 1)]);
      at += 1 + static_cast<std::size_t>(-change.change);
    }
  }
  text_ = std::move(out.text);
  spans_ = std::move(out.spans);
}

void AlignedText::prepend(std::string_view prefix) {
  if (text_.empty()) return;
  if (prefix.empty()) {
    // The library takes the first character out and puts it in again as one that nothing stands before.
    std::fill_n(spans_.begin(), utf8_length(text_[0]), Span{origin_, origin_});
    return;
  }
  text_.insert(0, prefix);
  spans_.insert(spans_.begin(), prefix.size(), Span(spans_[0]));
}

void AlignedText::replace(const Pattern& pattern, std::string_view content) {
  std::vector<Match> parts;
  pattern(text_, parts);
  if (std::none_of(parts.begin(), parts.end(), [](const Match& part) { return part.matched; })) return;
  Builder out(text_.size() + 16);
  for (const Match& part : parts) {
    if (part.matched) {
      out.put(content, part.end == 0 ? Span{origin_, origin_} : spans_[part.end - 1]);
    } else {
      out.text.append(text_, part.begin, part.end - part.begin);
      out.spans.insert(out.spans.end(), spans_.begin() + part.begin, spans_.begin() + part.end);
    }
  }
  text_ = std::move(out.text);
  spans_ = std::move(out.spans);
}

void AlignedText::strip(bool left, bool right) {
  std::size_t begin = 0, end = text_.size();
  while (left && begin < end) {
    std::size_t next = begin;
    if (!is_white(next_code_point(text_, next))) break;
    begin = next;
  }
  while (right && end > begin) {
    std::size_t before = end;
    if (!is_white(previous_code_point(text_, before))) break;
    end = before;
  }
  text_ = text_.substr(begin, end - begin);
  spans_.assign(spans_.begin() + static_cast<std::ptrdiff_t>(begin),
                spans_.begin() + static_cast<std::ptrdiff_t>(end));
}

void AlignedText::to_byte_level() {
  Builder out(text_.size() + text_.size() / 2);
  for (std::size_t i = 0; i < text_.size(); ++i) out.put(byte_level_char(text_[i]), spans_[i]);
  text_ = std::move(out.text);
  spans_ = std::move(out.spans);
}

}  // namespace neurox::text
