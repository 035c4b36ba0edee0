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
/// A class's score is |W| as a share of the class's mass. The overall rank is that of order_by_mass(W,
/// stride); the overall score says how early that ordering takes a neuron: 1 - step/(stride + 1), so 1 at the
/// first step and 0 for neurons it never takes. Neurons of one step have the same overall score but different
/// ranks.
/// @throws Error as order_by_mass
RankTable rank_by_mass(const MatrixF& W, int stride);

/// Ranks of scores, one column at a time: score descending, then index ascending; from 1.
std::vector<std::int32_t> ranks_of(const VectorD& scores);

/// Neurons by score descending, then index ascending.
/// @throws Error{Input} when a score is NaN
NeuronList order_by_score(const VectorD& scores);

}  // namespace neurox
