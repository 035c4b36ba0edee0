#include "neurox/report/word_shades.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"

namespace neurox {
namespace {

constexpr int kShareLevels = 5;

}  // namespace

std::string share_shade(double value, double largest) {
  if (!(largest > 0) || !std::isfinite(value)) return {};
  const int level = static_cast<int>(std::lround(kShareLevels * std::abs(value) / largest));
  return level == 0 ? std::string() : fmt::format(" {}{}", value > 0 ? 'p' : 'n', level);
}

std::string share_legend() {
  std::string out = "<p class=\"legend\">";
  for (int level = -kShareLevels; level <= kShareLevels; ++level)
    out +=
        fmt::format("<span class=\"t{}\">{}</span>",
                    level == 0 ? std::string() : fmt::format(" {}{}", level > 0 ? 'p' : 'n', std::abs(level)),
                    level == 0 ? "0" : fmt::format("{}{} %", level > 0 ? "+" : "−", 20 * std::abs(level)));
  return out +
         " of the largest in the text. Orange speaks for the target, blue against it; values on "
         "pointing.</p>\n";
}

std::string shaded_words(const std::vector<AttributedToken>& words) {
  double largest = 0;
  for (const AttributedToken& w : words) largest = std::max(largest, std::abs(w.value));
  std::string out;
  for (const AttributedToken& w : words)
    out += fmt::format("<span class=\"t{}\" title=\"{}\">{}</span> ", share_shade(w.value, largest),
                       html::number(w.value), html::escape(w.text));
  return out;
}

}  // namespace neurox
