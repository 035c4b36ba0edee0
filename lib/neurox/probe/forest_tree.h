#pragma once

#include "neurox/core/random.h"
#include "neurox/probe/forest.h"
#include "neurox/probe/forest_columns.h"

namespace neurox {

/// A tree and what it says beside its nodes.
struct GrownTree {
  Tree tree;
  MatrixD decrease;         ///< #classes x #neurons: n (p (1-p)) lost at splits, summed
  std::vector<bool> drawn;  ///< #tokens
};

/// Grows one tree on tokens drawn with replacement, depth first, left before right.
/// @param y  labels in [0, num_classes) of the columns' tokens
GrownTree grow_tree(const ForestColumns& columns, std::span<const int> y, const ForestOptions& options,
                    std::uint64_t seed);

/// Rows of `tree.shares` for each row of X.
std::vector<std::int32_t> leaves_of(const Tree& tree, const MatrixFRef& X);

}  // namespace neurox
