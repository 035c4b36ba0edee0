#pragma once

#include <span>
#include <vector>

#include "neurox/rank/rank_data.h"

namespace neurox {

// Scores of neurons by what a model fitted to all of them makes of each.

/// Gini importance in a random forest of options.trees trees: overall each neuron's share of the decrease of
/// impurity, per class the part of it that is that class's. See probe/forest.h.
/// Source: Breiman, Machine Learning 2001.
std::vector<NeuronScores> score_forest(const RankData& data, std::span<const Labelling> labellings,
                                       const RankOptions& options);

/// |weight| of each standardised neuron in a ridge regression of numeric labels; layer `signed`. Of the
/// penalties 10^-4 ... 10 (steps of ten) the one with the largest R^2 on a fifth of the sentences is taken;
/// table `ridge` has them all. See probe/ridge.h.
/// Source: Hoerl & Kennard, Technometrics 1970.
std::vector<NeuronScores> score_ridge(const RankData& data, std::span<const Labelling> labellings,
                                      const RankOptions& options);

}  // namespace neurox
