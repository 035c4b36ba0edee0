#pragma once

#include <span>
#include <vector>

#include "neurox/rank/rank_data.h"

namespace neurox {

/// Means and squared deviations of every neuron within each class.
struct ClassMoments {
  VectorD count;      ///< #classes, sum of the tokens' weights
  MatrixD mean;       ///< #classes x #neurons; 0 for a class without tokens
  MatrixD deviation;  ///< #classes x #neurons, sum of weight * (x - mean of the class)^2

  double total() const { return count.sum(); }
  VectorD overall_mean() const;       ///< #neurons, over all classes
  VectorD overall_deviation() const;  ///< #neurons, sum of weight * (x - overall mean)^2
};

/// Moments for each labelling, from one read of X by bands of tokens.
///
/// Sums are in double around a point near each neuron's mean, so that neurons far from zero lose nothing.
/// Cost: O(tokens * neurons * labellings) time, O(labellings * classes * neurons) memory; no copy of X.
/// @throws Error{Input} as check_labelling; numeric labels are refused
std::vector<ClassMoments> class_moments(const RankData& data, std::span<const Labelling> labellings,
                                        const RankOptions& options);

/// Moments of numeric labels with every neuron.
struct NumberMoments {
  double total = 0, mean = 0, deviation = 0;  ///< of the labels
  VectorD neuron_mean, neuron_deviation;      ///< #neurons
  VectorD together;                           ///< #neurons, sum of weight * (x - mean) * (label - mean)
};

/// The same for numeric labels.
std::vector<NumberMoments> number_moments(const RankData& data, std::span<const Labelling> labellings,
                                          const RankOptions& options);

}  // namespace neurox
