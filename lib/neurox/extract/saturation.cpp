#include "neurox/extract/saturation.h"

#include <array>
#include <limits>

#include "neurox/core/site.h"

namespace neurox::extract {
namespace {

constexpr float never = std::numeric_limits<float>::infinity();

struct Entry {
  std::string_view name;
  SaturationLimits limits;
};

// Where |f'(x)| falls below 0.01: gelu' = Phi(x) + x phi(x); silu' = s(x) (1 + x (1 - s(x))); tanh' = 1 -
// tanh^2; s' = s (1 - s).
constexpr std::array<Entry, 6> table{{
    {"relu", {0.0F, never}},
    {"gelu", {-3.07F, never}},
    {"silu", {-6.27F, never}},
    {"swish", {-6.27F, never}},
    {"tanh", {-2.99F, 2.99F}},
    {"sigmoid", {-4.59F, 4.59F}},
}};

}  // namespace

SaturationLimits saturation_limits(std::string_view activation) {
  for (const Entry& entry : table)
    if (activation.starts_with(entry.name)) return entry.limits;
  return {-never, never};
}

ColumnStatsOptions saturation_of_columns(std::span<const SiteColumns> sites, std::string_view activation) {
  ColumnStatsOptions options;
  const SaturationLimits limits = saturation_limits(activation);
  for (const SiteColumns& columns : sites) {
    const auto site = parse_site(columns.site);
    const bool reads = site && site->kind == SiteKind::MlpPre;
    const auto width = static_cast<std::size_t>(columns.width);
    options.saturated_low.insert(options.saturated_low.end(), width, reads ? limits.low : -never);
    options.saturated_high.insert(options.saturated_high.end(), width, reads ? limits.high : never);
  }
  return options;
}

}  // namespace neurox::extract
