#include "neurox/ablate/schedule.h"

#include <charconv>

#include "neurox/core/error.h"

namespace neurox::ablate {

bool Schedule::acts(std::int64_t prompt, std::int64_t place) const {
  const std::vector<bool>& own = prompts[static_cast<std::size_t>(prompt)];
  const auto length = static_cast<std::int64_t>(own.size());
  if (place < length) return own[static_cast<std::size_t>(place)];
  return place - length >= from && place - length <= to;
}

std::optional<ScheduleWords> parse_schedule(const std::string& text) {
  using Prompt = ScheduleWords::Prompt;
  constexpr std::int64_t none = -1;
  if (text == "all") return ScheduleWords{};
  if (text == "prompt") return ScheduleWords{Prompt::All, 0, none};
  if (text == "first") return ScheduleWords{Prompt::First, 0, none};
  if (text == "last") return ScheduleWords{Prompt::Last};
  if (text == "generated") return ScheduleWords{Prompt::None};
  const std::string start = "generated:";
  if (!text.starts_with(start)) return std::nullopt;
  ScheduleWords out{Prompt::None};
  const char *at = text.data() + start.size(), *end = text.data() + text.size();
  const auto first = std::from_chars(at, end, out.from);
  out.to = out.from;
  bool whole = first.ec == std::errc{} && first.ptr == end;
  if (!whole && first.ec == std::errc{} && *first.ptr == '-') {
    const auto last = std::from_chars(first.ptr + 1, end, out.to);
    whole = last.ec == std::errc{} && last.ptr == end;
  }
  if (!whole || out.from < 0 || out.to < out.from)
    throw usage_error("'{}': no range of new tokens; write generated:3-10", text);
  return out;
}

}  // namespace neurox::ablate
