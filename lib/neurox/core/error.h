#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace neurox {

/// What went wrong, which decides the exit code: Usage 2; Input and Numeric 1.
enum class ErrorKind { Usage, Input, Numeric };

/// The one exception of the library. The message is one line: where, what, found against expected, what to
/// do.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }
  int exit_code() const noexcept { return kind_ == ErrorKind::Usage ? 2 : 1; }

 private:
  ErrorKind kind_;
};

/// `throw input_error("{}:{}: 3 labels but 4 words", path, line);` and likewise below.
template <class... Args>
Error input_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::Input, fmt::format(format, std::forward<Args>(args)...)};
}
template <class... Args>
Error usage_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::Usage, fmt::format(format, std::forward<Args>(args)...)};
}
template <class... Args>
Error numeric_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::Numeric, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace neurox
