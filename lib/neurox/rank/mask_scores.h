#pragma once

#include <span>
#include <vector>

#include "neurox/rank/rank_data.h"

namespace neurox {

// A neuron as a mask over tokens: on where its value is above a bound. Overall: mean over classes that occur.
// With weights a token counts as often as its weight says. Cost: O(tokens + classes) per neuron and
// labelling.

/// Intersection over union of "x > bound" and a class, the bound being a neuron's `options.quantile` over all
/// labelled tokens (linear interpolation, as numpy's).
///
///     IoU = tokens of the class that are on / tokens that are on or of the class
///
/// Layer `bound` has the bound in use.
/// @throws Error{Usage} unless the quantile lies in (0, 1)
/// Source: Mu & Andreas, NeurIPS 2020. NeuroX's `iou_probe` is no IoU but average precision after setting
/// |x| < 0.05 to 0.
std::vector<NeuronScores> score_iou_quantile(const RankData& data, std::span<const Labelling> labellings,
                                             const RankOptions& options);

/// The same with one bound for all neurons, `options.threshold`: what is on after a ReLU, say.
std::vector<NeuronScores> score_iou_threshold(const RankData& data, std::span<const Labelling> labellings,
                                              const RankOptions& options);

}  // namespace neurox
