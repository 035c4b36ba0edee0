#include "terminal_progress.h"

#include <fmt/format.h>

#include <cstdio>

namespace neurox::apps {
namespace {

std::string with_thousands(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

}  // namespace

std::string format_duration(double seconds) {
  const auto s = std::int64_t{std::llround(seconds)};
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

TerminalProgress::~TerminalProgress() {
  clear();
}

void TerminalProgress::clear() {
  if (on_screen_) std::fputs("\r\033[K", stderr);
  on_screen_ = false;
}

void TerminalProgress::stage(std::string_view what, std::int64_t total, std::string_view unit) {
  clear();
  what_ = what;
  unit_ = unit;
  total_ = total;
  first_ = -1;
  begin_ = Clock::now();
  drawn_ = {};
}

void TerminalProgress::advance_to(std::int64_t done) {
  const auto now = Clock::now();
  if (first_ < 0) first_ = done, begin_ = now;
  if (now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double rate = seconds > 0 ? static_cast<double>(done - first_) / seconds : 0;
  std::string line = fmt::format("{}  {}", what_, with_thousands(done));
  if (total_ > 0) line += fmt::format(" of {}", with_thousands(total_));
  line += " " + unit_;
  if (rate > 0 && seconds > 0.5) {
    line += rate >= 10 ? fmt::format("  {:.0f}/s", rate) : fmt::format("  {:.2f}/s", rate);
    if (total_ > done)
      line += fmt::format("  {} left", format_duration(static_cast<double>(total_ - done) / rate));
  }
  std::fprintf(stderr, "\r%s\033[K", line.c_str());
  std::fflush(stderr);
  on_screen_ = true;
}

}  // namespace neurox::apps
