#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "joined_activations.h"
#include "neurox/cluster/correlation.h"
#include "neurox/core/progress.h"

namespace neurox::apps {

/// The ranks of each neuron's values over these rows (empty: all that are usable), ties with their mean:
/// Pearson's correlation of them is Spearman's. Kept in `scratch`, #neurons x #tokens floats.
/// @param memory_bytes  for the blocks that are read
/// @throws Error{Usage} when one neuron does not fit in that
std::unique_ptr<RowSource> ranked_rows(const JoinedActivations& activations,
                                       const std::vector<std::int64_t>& rows, const ScratchMaker& scratch,
                                       std::int64_t memory_bytes, Progress& progress);

}  // namespace neurox::apps
