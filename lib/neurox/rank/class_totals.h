#pragma once

#include <vector>

#include "neurox/rank/rank_data.h"

namespace neurox {

/// What of a labelling with classes is the same for every neuron. Keeps a reference.
struct ClassTotals {
  const Labelling& labelling;
  std::vector<double> count;  ///< #classes, sum of weights
  double total = 0;

  ClassTotals(const Labelling& labels, Index classes);
  double weight(std::size_t i) const {
    return labelling.weight.empty() ? 1.0 : static_cast<double>(labelling.weight[i]);
  }
};

/// Totals of each labelling, checked.
/// @throws Error{Input} as check_labelling, and when labels are numbers
std::vector<ClassTotals> class_totals(const RankData& data, std::span<const Labelling> labellings);

/// Sets the column `overall` to the mean over classes that occur.
void fill_overall(NeuronScores& scores, const ClassTotals& totals);

}  // namespace neurox
