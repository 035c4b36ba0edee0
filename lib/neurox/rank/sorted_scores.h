#pragma once

#include <span>
#include <vector>

#include "neurox/rank/rank_data.h"

namespace neurox {

// Scores from the order of a neuron's values. Each neuron is sorted once for all classes and labellings;
// equal values count as equal, so the order of tokens never matters. With weights every formula counts a
// token as often as its weight says. Cost: O(tokens) per neuron and labelling, whatever the number of
// classes.

/// Average precision of a neuron as a detector of a class (Suau et al.'s expert units).
///
///     AP = sum over distinct values t, from the largest down, of (recall(t) - recall(before t)) *
///     precision(t)
///
/// without interpolation. Positive neurons only: a neuron that is low on a class is no detector of it; layer
/// `of_negative` has the AP of -x. Overall: mean over classes that occur. A constant neuron has the class's
/// share.
/// Source: Suau et al., ICML 2022; equal to scikit-learn's average_precision_score.
std::vector<NeuronScores> score_average_precision(const RankData& data, std::span<const Labelling> labellings,
                                                  const RankOptions& options);

/// Area under the ROC curve, ties counting half, turned to the better side: max(AUROC, 1 - AUROC). Layer
/// `signed` has AUROC itself; overall: mean over classes that occur. A constant neuron has 0.5.
std::vector<NeuronScores> score_auroc(const RankData& data, std::span<const Labelling> labellings,
                                      const RankOptions& options);

/// |Spearman's rank correlation| (mid-ranks) with membership of a class or with numeric labels. Overall with
/// classes: mean over those that occur. Layer `signed`.
std::vector<NeuronScores> score_spearman(const RankData& data, std::span<const Labelling> labellings,
                                         const RankOptions& options);

/// One neuron as a classifier: the best F1 over all thresholds t of "x >= t" and of "x <= t".
///
/// Layers `threshold` (in the unit of the activations) and `direction` (1: high values, -1: low). Of equal
/// F1s the threshold that takes fewer tokens, of equal directions the high one. Overall: mean over classes
/// that occur, without a threshold.
std::vector<NeuronScores> score_threshold_f1(const RankData& data, std::span<const Labelling> labellings,
                                             const RankOptions& options);

}  // namespace neurox
