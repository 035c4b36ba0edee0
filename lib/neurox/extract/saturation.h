#pragma once

#include <span>
#include <string_view>

#include "neurox/core/column_stats.h"
#include "neurox/core/neurons.h"

namespace neurox::extract {

/// The range of a non-linearity's input outside of which its slope is below 0.01 in size: there a neuron no
/// longer answers.
struct SaturationLimits {
  float low, high;  ///< saturated: x <= low or x >= high; infinite where that side never is
};

/// Limits of `relu`, `gelu` (all its approximations), `silu`, `tanh`, `sigmoid`; none for an activation that
/// is not in the table.
SaturationLimits saturation_limits(std::string_view activation);

/// Limits for every column: those of the activation at mlp_pre, the place where a non-linearity reads; none
/// elsewhere.
ColumnStatsOptions saturation_of_columns(std::span<const SiteColumns> sites, std::string_view activation);

}  // namespace neurox::extract
