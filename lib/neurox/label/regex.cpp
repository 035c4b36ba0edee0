#include "neurox/label/regex.h"

#include <unicode/locid.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <unordered_map>

#include "neurox/core/error.h"

namespace neurox::label {
namespace {

icu::UnicodeString unicode(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

}  // namespace

struct Regex::Matcher {
  std::string pattern;
  std::unique_ptr<icu::RegexPattern> compiled;  // `icu` refers to it
  std::unique_ptr<icu::RegexMatcher> icu;

  /// What went wrong while searching: a stack that ran over, time that ran out.
  void check(UErrorCode status, std::string_view text) const {
    if (U_FAILURE(status) != 0)
      throw usage_error("regular expression '{}': {} on '{}'", pattern, u_errorName(status), text);
  }
};

Regex::Regex(const std::string& pattern) : matcher_(std::make_unique<Matcher>()) {
  matcher_->pattern = pattern;
  if (pattern.empty()) throw usage_error("an empty regular expression matches everything");
  UErrorCode status = U_ZERO_ERROR;
  UParseError place{};
  matcher_->compiled.reset(icu::RegexPattern::compile(unicode(pattern), 0, place, status));
  if (U_SUCCESS(status) != 0) matcher_->icu.reset(matcher_->compiled->matcher(status));
  if (U_FAILURE(status) != 0)
    throw usage_error("regular expression '{}': {} at character {}", pattern, u_errorName(status),
                      place.offset);
}
Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

bool Regex::found_in(std::string_view text) const {
  const icu::UnicodeString input = unicode(text);
  matcher_->icu->reset(input);
  UErrorCode status = U_ZERO_ERROR;
  const bool found = matcher_->icu->find(status) != 0;
  matcher_->check(status, text);
  return found;
}

std::string Regex::first_match(std::string_view text) const {
  const icu::UnicodeString input = unicode(text);
  matcher_->icu->reset(input);
  UErrorCode status = U_ZERO_ERROR;
  std::string out;
  if (matcher_->icu->find(status) != 0)
    matcher_->icu->group(matcher_->icu->groupCount() > 0 ? 1 : 0, status).toUTF8String(out);
  matcher_->check(status, text);
  return out;
}

std::vector<bool> found_in_each(const Regex& regex, const std::vector<std::string>& texts) {
  std::unordered_map<std::string_view, bool> known;
  std::vector<bool> out;
  for (const std::string& text : texts) {
    const auto [at, is_new] = known.try_emplace(text, false);
    if (is_new) at->second = regex.found_in(text);
    out.push_back(at->second);
  }
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out;
  unicode(text).toLower(icu::Locale::getRoot()).toUTF8String(out);
  return out;
}

}  // namespace neurox::label
