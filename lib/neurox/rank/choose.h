#pragma once

#include <cstdint>
#include <span>

#include "neurox/rank/weight_mass.h"

namespace neurox {

/// How many neurons a share of `total` is: rounded to the nearest, at least 1 when the share is positive.
/// @throws Error{Usage} unless 0 <= share <= 1
Index count_of_share(double share, Index total);

/// The first `count` of an ordering, in its order.
/// @throws Error{Usage} unless 0 <= count <= its length
NeuronList choose_top(const NeuronList& ordering, Index count);

/// The last `count` of an ordering, least important first.
NeuronList choose_bottom(const NeuronList& ordering, Index count);

/// `count` of `total` neurons drawn without replacement, ascending; the same seed gives the same neurons on
/// any machine.
/// @throws Error{Usage} unless 0 <= count <= total
NeuronList choose_random(Index count, Index total, std::uint64_t seed);

/// A random draw with as many neurons of each site as `chosen` has, ascending.
///
/// @param site_of  #neurons site of each neuron, >= 0
/// @throws Error{Input} when a chosen neuron is out of range
NeuronList choose_random_matched(const NeuronList& chosen, std::span<const std::int32_t> site_of,
                                 std::uint64_t seed);

/// The neurons of [0, total) that are not in `chosen`, ascending.
NeuronList complement(const NeuronList& chosen, Index total);

}  // namespace neurox
