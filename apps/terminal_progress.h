#pragma once

#include <chrono>
#include <string>

#include "neurox/core/progress.h"

namespace neurox::apps {

/// One line on stderr that is drawn over: `extract  3,200 of 12,544 sentences  812/s  11 s left`.
class TerminalProgress final : public Progress {
 public:
  ~TerminalProgress() override;
  void stage(std::string_view what, std::int64_t total, std::string_view unit) override;
  void advance_to(std::int64_t done) override;

 private:
  using Clock = std::chrono::steady_clock;
  void clear();
  std::string what_, unit_;
  std::int64_t total_ = 0;
  std::int64_t first_ =
      -1;  ///< what was done before this run began to count: a resumed run's rate leaves it out
  Clock::time_point begin_, drawn_;
  bool on_screen_ = false;
};

/// `11 s`, `4 min 05 s`, `2 h 13 min`
std::string format_duration(double seconds);

}  // namespace neurox::apps
