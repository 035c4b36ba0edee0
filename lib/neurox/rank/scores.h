#pragma once

#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/rank/weight_mass.h"

namespace neurox {

/// What a ranking file holds: larger scores are more important, rank 1 is the best.
struct RankTable {
  MatrixD scores;  ///< #neurons x (#classes + 1); the last column is `overall`
  Eigen::Matrix<std::int32_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> ranks;  ///< likewise, from 1
};

/// Scores and ranks from probe weights by weight mass.
///
/// A class's score is |W| as a share of the class's mass. The overall rank is order_by_mass(W, stride); the
/// overall score is the share of mass at which a neuron enters that ordering, turned round: 1 - step/stride
/// for the step that takes it (0 for neurons never taken). Ranks within a step follow order_by_mass.
RankTable rank_by_mass(const MatrixF& W, int stride);

/// Ranks of scores, one column at a time: score descending, then index ascending; from 1.
std::vector<std::int32_t> ranks_of(const VectorD& scores);

/// Neurons by score descending, then index ascending.
/// @throws Error{Input} when a score is NaN
NeuronList order_by_score(const VectorD& scores);

}  // namespace neurox
