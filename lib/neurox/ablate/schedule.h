#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace neurox::ablate {

/// At which places of a text that grows edits act: chosen pieces of its prompt, and those of the new tokens
/// from one number to another (from 0, both included). Token n is chosen by what stands at the place before
/// it: to act on the choice of the first new token is to act on the prompt's last piece.
struct Schedule {
  std::vector<std::vector<bool>> prompts;  ///< [prompt][piece]
  std::int64_t from = 0;
  std::int64_t to = std::numeric_limits<std::int64_t>::max();  ///< below `from`: no new token

  /// Whether edits act at a place of a text; places count from the prompt's first piece.
  bool acts(std::int64_t prompt, std::int64_t place) const;
};

/// How a schedule is asked for, but for conditions on words of the prompt.
struct ScheduleWords {
  enum class Prompt { All, First, Last, None } prompt = Prompt::All;
  std::int64_t from = 0, to = std::numeric_limits<std::int64_t>::max();
};

/// `all`; `prompt`; `generated`; `generated:3-10` or `generated:3` (new tokens, from 0); `last` (the newest
/// place in each step: the prompt's last piece and every new token); `first` (the prompt's first piece).
/// Nothing for other words.
/// @throws Error{Usage} for `generated:` with what is no range
std::optional<ScheduleWords> parse_schedule(const std::string& text);

}  // namespace neurox::ablate
