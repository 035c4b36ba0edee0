#pragma once

#include <span>
#include <vector>

#include "neurox/rank/rank_data.h"
#include "neurox/rank/sorted_values.h"

namespace neurox {

/// Quantiles of the labelled tokens' values, linear between neighbours (numpy's default, Hyndman & Fan's
/// type 7). A token with weight w counts as w tokens.
/// @param shares  ascending, each in [0, 1]
/// @throws Error{Input} when no token is labelled
std::vector<double> quantiles(const SortedValues& order, const Labelling& labelling,
                              std::span<const double> shares);

}  // namespace neurox
