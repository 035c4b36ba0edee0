#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace neurox::label {

/// A regular expression as ICU has it (https://unicode-org.github.io/icu/userguide/strings/regexp.html),
/// searched in a text: `ing` matches `singer`, `^ing$` only `ing`; `(?i)` at its begin folds case.
class Regex {
 public:
  /// @throws Error{Usage} with ICU's reason and the place when it is none
  explicit Regex(const std::string& pattern);
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;

  bool found_in(std::string_view text) const;
  /// The first match (its first group where the expression has one), empty if there is none.
  std::string first_match(std::string_view text) const;

 private:
  struct Matcher;
  std::unique_ptr<Matcher> matcher_;
};

/// Whether it is found in each of the texts; equal texts are searched once.
std::vector<bool> found_in_each(const Regex& regex, const std::vector<std::string>& texts);

/// Lower case without regard to language.
std::string lower_case(std::string_view text);

}  // namespace neurox::label
