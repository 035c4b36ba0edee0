#pragma once

#include <array>

#include "neurox/report/report_data.h"

namespace neurox {

/// Standard deviations from the mean at which the shades 1..5 begin.
inline constexpr std::array<double, 5> kShadeSteps{0.5, 1, 2, 3, 4};

/// The shade of an activation among a neuron's: 0 near its mean, 1..5 above it, -1..-5 below; 0 for a neuron
/// that does not vary.
///
///     z = (value - mean) / sqrt(variance);  |level| = number of steps <= |z|
int shade_level(double value, const Statistics& statistics);

}  // namespace neurox
