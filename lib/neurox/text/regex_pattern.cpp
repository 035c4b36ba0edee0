#include <unicode/regex.h>

#include <memory>

#include "neurox/core/error.h"
#include "neurox/text/pattern.h"
#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

/// A set of ours in ICU's notation.
std::string icu_set(CharSet set, bool negated) {
  std::string out = negated ? "[^" : "[";
  const auto all = bounds(set);
  for (std::size_t i = 0; i < all.size(); i += 2)
    out += fmt::format("\\x{{{:x}}}-\\x{{{:x}}}", static_cast<unsigned>(all[i]),
                       static_cast<unsigned>(all[i + 1]));
  return out + "]";
}

/// Rewrites an expression from left to right.
class Translator {
 public:
  explicit Translator(const std::string& in) : in_(in) {}

  std::string run() {
    while (at_ < in_.size()) {
      const char c = in_[at_];
      if (c == '\\') {
        begin_atom();
        escape();
      } else if (c == '[') {
        begin_atom();
        bracket();
      } else if (c == '(') {
        groups_.push_back(out_.size());
        out_ += c;
        ++at_;
        flags();
      } else if (c == ')') {
        out_ += c;
        ++at_;
        if (!groups_.empty()) {
          atom_ = groups_.back();
          groups_.pop_back();
        }
      } else if (c == '{') {
        repeat();
      } else if (c == '}') {
        begin_atom();
        out_ += "\\}";
        ++at_;
      } else {
        if (c != '+' && c != '*' && c != '?' && c != '|' && !is_continuation(c)) begin_atom();
        out_ += c;
        ++at_;
      }
    }
    return std::move(out_);
  }

 private:
  void begin_atom() { atom_ = out_.size(); }

  void escape() {
    const char c = at_ + 1 < in_.size() ? in_[at_ + 1] : '\\';
    at_ += 2;
    switch (c) {
      case 's':
        out_ += icu_set(CharSet::White, false);
        return;
      case 'S':
        out_ += icu_set(CharSet::White, true);
        return;
      case 'w':
        out_ += icu_set(CharSet::RegexWord, false);
        return;
      case 'W':
        out_ += icu_set(CharSet::RegexWord, true);
        return;
      case 'd':
        out_ += icu_set(CharSet::RegexDigit, false);
        return;
      case 'D':
        out_ += icu_set(CharSet::RegexDigit, true);
        return;
      case 'h':
        out_ += "[0-9a-fA-F]";
        return;
      case 'H':
        out_ += "[^0-9a-fA-F]";
        return;
      case 'p':
      case 'P':
        property(c == 'P');
        return;
      default:
        out_ += '\\';
        out_ += c;
    }
  }

  void property(bool negated) {
    const std::size_t close = at_ < in_.size() && in_[at_] == '{' ? in_.find('}', at_) : std::string::npos;
    if (close == std::string::npos) {
      out_ += negated ? "\\P" : "\\p";
      return;
    }
    std::string name = in_.substr(at_ + 1, close - at_ - 1);
    at_ = close + 1;
    if (name.starts_with('^')) {
      negated = !negated;
      name.erase(0, 1);
    }
    if (name == "L" || name == "Letter") {
      out_ += icu_set(CharSet::RegexLetter, negated);
    } else if (name == "N" || name == "Number") {
      out_ += icu_set(CharSet::RegexNumber, negated);
    } else {
      out_ += (negated ? "\\P{" : "\\p{") + name + "}";
    }
  }

  /// A bracketed set up to its closing bracket, sets inside it included.
  void bracket() {
    out_ += in_[at_++];
    if (at_ < in_.size() && in_[at_] == '^') out_ += in_[at_++];
    bool first = true;
    while (at_ < in_.size()) {
      const char c = in_[at_];
      if (c == ']' && !first) {
        out_ += c;
        ++at_;
        return;
      }
      first = false;
      if (c == '\\') {
        escape();
      } else if (c == '[' && at_ + 1 < in_.size() && in_[at_ + 1] == ':') {
        const std::size_t close = in_.find(":]", at_ + 2);
        const std::size_t end = close == std::string::npos ? in_.size() : close + 2;
        const std::string name = in_.substr(at_, end - at_);
        out_ += name == "[:punct:]" ? "[\\p{P}\\p{S}]" : name;  // Oniguruma's has the symbols, too
        at_ = end;
      } else if (c == '[') {
        bracket();
      } else {
        if (c == ']' || c == '{' || c == '}' || c == '$') out_ += '\\';
        out_ += c;
        ++at_;
      }
    }
  }

  /// `(?m-i:` and the like: Ruby's m lets the dot match a line feed, which is ICU's s.
  void flags() {
    if (at_ + 1 >= in_.size() || in_[at_] != '?') return;
    const std::size_t end = in_.find_first_not_of("imx-", at_ + 1);
    if (end == std::string::npos || end == at_ + 1 || (in_[end] != ':' && in_[end] != ')')) return;
    for (; at_ < end; ++at_) out_ += in_[at_] == 'm' ? 's' : in_[at_];
  }

  /// `{n}`, `{n,}`, `{,m}`, `{n,m}`; any other brace is itself.
  void repeat() {
    const std::size_t close = in_.find('}', at_);
    std::string inside = close == std::string::npos ? "" : in_.substr(at_ + 1, close - at_ - 1);
    if (inside.empty() || inside == "," || inside.find_first_not_of("0123456789,") != std::string::npos) {
      begin_atom();
      out_ += "\\{";
      ++at_;
      return;
    }
    if (inside.starts_with(',')) inside.insert(0, "0");
    at_ = close + 1;
    if (at_ < in_.size() && in_[at_] == '+') {
      out_.insert(atom_, "(?:");
      out_ += "{" + inside + "})";
    } else {
      out_ += "{" + inside + "}";
    }
  }

  const std::string& in_;
  std::string out_;
  std::size_t at_ = 0, atom_ = 0;
  std::vector<std::size_t> groups_;
};

/// UTF-16 of a text, and the byte that each of its units comes from (none kept for ASCII, where they agree).
struct Utf16 {
  icu::UnicodeString units;
  std::vector<std::uint32_t> bytes;

  explicit Utf16(std::string_view text)
      : units(icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())})) {
    if (is_ascii(text)) return;
    bytes.reserve(static_cast<std::size_t>(units.length()) + 1);
    for (std::size_t i = 0; i < text.size();) {
      const auto begin = static_cast<std::uint32_t>(i);
      bytes.insert(bytes.end(), next_code_point(text, i) > 0xFFFF ? 2 : 1, begin);
    }
    bytes.push_back(static_cast<std::uint32_t>(text.size()));
  }
  std::uint32_t byte(std::int32_t unit) const {
    return bytes.empty() ? static_cast<std::uint32_t>(unit) : bytes[static_cast<std::size_t>(unit)];
  }
};

void find_all(const icu::RegexPattern& regex, std::string_view text, std::vector<Match>& parts) {
  if (text.empty()) {
    parts.push_back({0, 0, false});
    return;
  }
  const Utf16 utf16(text);
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::RegexMatcher> matcher(regex.matcher(utf16.units, status));
  std::uint32_t last = 0;              // where the last part ended
  std::int32_t from = 0, behind = -1;  // where to look next; where the last match ended
  while (U_SUCCESS(status) != 0 && from <= utf16.units.length() && matcher->find(from, status) != 0) {
    const std::int32_t begin = matcher->start(status), end = matcher->end(status);
    if (begin == end && end == behind) {
      from = utf16.units.moveIndex32(from, 1);
      if (behind == utf16.units.length()) break;
      continue;
    }
    from = behind = end;
    if (last != utf16.byte(begin)) parts.push_back({last, utf16.byte(begin), false});
    parts.push_back({utf16.byte(begin), utf16.byte(end), true});
    last = utf16.byte(end);
  }
  if (U_FAILURE(status) != 0) throw input_error("a regular expression gave up: {}", u_errorName(status));
  if (last != text.size()) parts.push_back({last, static_cast<std::uint32_t>(text.size()), false});
}

}  // namespace

std::string icu_expression(const std::string& oniguruma) {
  return Translator(oniguruma).run();
}

Pattern regex_pattern(const std::string& expression) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  const std::shared_ptr<const icu::RegexPattern> regex(
      icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(icu_expression(expression)),
                                 UREGEX_MULTILINE | UREGEX_UNIX_LINES, where, status));
  if (U_FAILURE(status) != 0)
    throw input_error("the expression \"{}\" cannot be compiled ({})", expression, u_errorName(status));
  return [regex](std::string_view text, std::vector<Match>& parts) { find_all(*regex, text, parts); };
}

}  // namespace neurox::text
