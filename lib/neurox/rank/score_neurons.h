#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "neurox/rank/class_totals.h"
#include "neurox/rank/sorted_values.h"

namespace neurox {

/// One neuron under one labelling, to be scored: rows `neuron` of `out.scores` and its layers.
struct NeuronValues {
  Index neuron;
  std::span<const float> values;  ///< #tokens
  const ClassTotals& totals;
  NeuronScores& out;  ///< scores 0, layers NaN before
};

struct SortedNeuron {
  Index neuron;
  std::span<const float> values;
  const SortedValues& order;
  const ClassTotals& totals;
  NeuronScores& out;
};

/// Scores neuron by neuron, on several threads; `score` fills the classes' columns, overall becomes their
/// mean over classes that occur. One NeuronScores per labelling, with these layers.
std::vector<NeuronScores> score_values(const RankData& data, std::span<const Labelling> labellings,
                                       const RankOptions& options, const std::vector<std::string>& layers,
                                       const std::function<void(const NeuronValues&)>& score);

/// Likewise with each neuron's values sorted once for all labellings.
std::vector<NeuronScores> score_sorted(const RankData& data, std::span<const Labelling> labellings,
                                       const RankOptions& options, const std::vector<std::string>& layers,
                                       const std::function<void(const SortedNeuron&)>& score);

/// Calls `f(neuron, values, order)` for every neuron on several threads.
void for_each_sorted(
    const RankData& data, const RankOptions& options,
    const std::function<void(Index neuron, std::span<const float> values, const SortedValues& order)>& f);

}  // namespace neurox
