#include "neurox/text/pattern.h"

#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

/// Adds matches in order, and what lies between them.
class Parts {
 public:
  Parts(std::string_view text, std::vector<Match>& parts) : size_(text.size()), parts_(parts) {
    if (text.empty()) parts_.push_back({0, 0, false});
  }
  void match(std::size_t begin, std::size_t end) {
    if (last_ != begin) put(last_, begin, false);
    put(begin, end, true);
    last_ = end;
  }
  void finish() {
    if (last_ != size_) put(last_, size_, false);
  }

 private:
  void put(std::size_t begin, std::size_t end, bool matched) {
    parts_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), matched});
  }
  std::size_t size_, last_ = 0;
  std::vector<Match>& parts_;
};

}  // namespace

Pattern literal_pattern(std::string needle) {
  return [needle = std::move(needle)](std::string_view text, std::vector<Match>& parts) {
    Parts out(text, parts);
    if (!needle.empty())
      for (std::size_t at = text.find(needle); at != std::string_view::npos;
           at = text.find(needle, at + needle.size()))
        out.match(at, at + needle.size());
    out.finish();
  };
}

Pattern character_pattern(std::function<bool(char32_t)> is) {
  return [is = std::move(is)](std::string_view text, std::vector<Match>& parts) {
    Parts out(text, parts);
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t begin = i;
      if (is(next_code_point(text, i))) out.match(begin, i);
    }
    out.finish();
  };
}

Pattern word_pattern() {
  enum class Kind { White, Word, Other };
  return [](std::string_view text, std::vector<Match>& parts) {
    const auto kind_of = [](char32_t c) {
      return contains(CharSet::Word, c) ? Kind::Word : is_white(c) ? Kind::White : Kind::Other;
    };
    Parts out(text, parts);
    std::size_t begin = 0;
    Kind kind = Kind::White;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t at = i;
      const Kind next = kind_of(next_code_point(text, i));
      if (next == kind) continue;
      if (kind != Kind::White) out.match(begin, at);
      begin = at;
      kind = next;
    }
    if (kind != Kind::White) out.match(begin, text.size());
    out.finish();
  };
}

Pattern inverted(Pattern pattern) {
  return [pattern = std::move(pattern)](std::string_view text, std::vector<Match>& parts) {
    const std::size_t before = parts.size();
    pattern(text, parts);
    for (std::size_t i = before; i < parts.size(); ++i) parts[i].matched = !parts[i].matched;
  };
}

}  // namespace neurox::text
