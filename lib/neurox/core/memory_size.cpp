#include "neurox/core/memory_size.h"

#include <charconv>
#include <cmath>

#include "neurox/core/error.h"

namespace neurox {

std::int64_t parse_memory_size(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double scale = 1;
  if (!unit.empty()) {
    constexpr std::string_view letters = "KMGT";
    const char letter = static_cast<char>(unit[0] & ~0x20);  // upper case
    if (const std::size_t power = letters.find(letter); power != std::string_view::npos) {
      scale = std::pow(1024.0, static_cast<double>(power + 1));
      unit.remove_prefix(1);
    }
  }
  const bool known_unit = unit.empty() || unit == "B" || unit == "iB" || unit == "b";
  if (error != std::errc{} || !known_unit || !(value > 0) || value * scale > 9e18)
    throw usage_error("'{}' is no memory size; write 512M or 4G", text);
  return static_cast<std::int64_t>(value * scale);
}

std::string format_memory_size(std::int64_t bytes) {
  auto value = static_cast<double>(bytes);
  int power = 0;
  while (value >= 1024 && power < 4) value /= 1024, ++power;
  constexpr const char* units[] = {"B", "KB", "MB", "GB", "TB"};
  return power == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[power]);
}

}  // namespace neurox
