#pragma once

#include <span>
#include <vector>

#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"
#include "neurox/rank/rank_data.h"
#include "neurox/rank/weight_mass.h"

namespace neurox {

/// Groups of columns that carry the same thing: two columns with |r| >= threshold (Pearson's correlation over
/// the rows) are in one group, and so is whoever is linked to one of its members (single linkage).
///
/// @param X          #rows x #columns activations, finite
/// @param threshold  in (0, 1]
/// @return #columns numbers of groups, from 0, in the order of each group's first column; a constant column
/// is a group of its own
/// @throws Error{Usage} for a threshold outside
/// Cost: two passes, O(rows columns^2) time, 8 columns^2 bytes.
std::vector<Index> correlated_groups(const RowSource& X, double threshold, Progress& progress);

/// The ordering of groups by their best member.
/// @param group_of  of each thing, from 0 without gaps
NeuronList order_of_groups(const NeuronList& order, std::span<const Index> group_of);

/// Clusters of correlated neurons standing for their members: in each column a group's best neuron (ties:
/// lower index) keeps its score and all others have 0, with their own scores in the layer `own_score`. An
/// order of the method's own has the representatives first, then all others.
/// @throws Error{Input} unless there is a group for every neuron
void stand_for_members(NeuronScores& scores, std::span<const Index> group_of);

/// Of each group the largest of its members' values.
std::vector<double> best_of_groups(std::span<const double> values, std::span<const Index> group_of);

}  // namespace neurox
