#pragma once

#include <span>

#include "neurox/attribute/methods.h"

namespace neurox::attribute {

/// A method on an example with one baseline or several. With several, what comes out is the mean over them
/// (of f(baseline) and delta too, so that sum rules hold for the mean); steps are the most that any took.
/// Methods that draw from all baselines themselves, or use none, run once.
///
/// The example's `baseline` is each in turn, and in the end what it was.
RowAttribution over_baselines(const InputMethod& method, Example& example, const MethodOptions& options);
LayerAttribution over_baselines(const LayerMethod& method, Example& example, std::span<const Site> sites,
                                const MethodOptions& options);
RowPairs over_baselines(const PairMethod& method, Example& example, const MethodOptions& options);
/// `judge`, the mean of its curves.
std::vector<Faithfulness> judge_over_baselines(Example& example, std::span<const RowAttribution> attributions,
                                               std::uint64_t seed);

}  // namespace neurox::attribute
