#pragma once

#include <functional>

#include "neurox/rank/rank_data.h"

namespace neurox {

/// Calls `f(neuron, values)` for every neuron, `values` being its #tokens activations side by side; several
/// neurons at a time on different threads, each exactly once.
///
/// Neurons are read in blocks that fit in options.memory_bytes together with `bytes_per_value` of working
/// memory for each value that a thread holds, so that the file is read once whatever its size.
/// @throws Error{Usage} when one neuron does not fit
void for_each_neuron(const RankData& data, const RankOptions& options, Index bytes_per_value,
                     const std::function<void(Index neuron, const float* values)>& f);

}  // namespace neurox
