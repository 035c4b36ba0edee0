#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"

namespace neurox {

struct ForestOptions {
  int num_classes = 0;  ///< 0: largest label + 1
  int trees = 100;
  Index features = 0;  ///< neurons looked at per split; 0: the root of their number, rounded down
  int max_depth = 0;   ///< 0: until nodes are pure
  int min_split = 2;   ///< a node with fewer drawn tokens (counted as often as they were drawn) is a leaf
  std::uint64_t seed = 0;
  std::int64_t memory_bytes = std::int64_t{4} << 30;  ///< refused when 8 bytes an activation are more
  Progress* progress = nullptr;
};

/// A split or a leaf. Left: x[neuron] <= threshold.
struct TreeNode {
  std::int32_t neuron = -1;  ///< -1: a leaf
  float threshold = 0;
  std::int32_t left = 0, right = 0;  ///< nodes; of a leaf, `left` is the row of its class shares
};

struct Tree {
  std::vector<TreeNode> nodes;  ///< the root first
  MatrixF shares;               ///< #leaves x #classes, shares of the drawn tokens
};

struct Forest {
  std::vector<Tree> trees;
  int num_classes = 0;
  /// #neurons: mean decrease of Gini impurity, each tree's normalised to sum 1, and so is their mean.
  VectorD importance;
  /// #classes x #neurons: the part of it that each class's p (1 - p) has; columns sum to `importance`.
  MatrixD class_importance;
  VectorD importance_sd;  ///< #neurons: standard deviation (ddof 0) over trees
  double out_of_bag =
      0;  ///< accuracy on tokens by the trees that did not draw them; NaN where there are none
  std::int64_t nodes = 0;  ///< of all trees
};

/// Random forest of classification trees, exact splits by Gini impurity.
///
/// Every tree draws as many tokens as there are, with replacement. A node looks at `features` neurons drawn
/// without replacement (on and on while all are constant in it) and takes the split with the largest
///
///     sum_c left_c^2 / n_left + sum_c right_c^2 / n_right
///
/// in exact integers over integers; thresholds lie halfway between neighbouring values. The importance of a
/// neuron is sum over its splits of n (gini - n_left/n gini_left - n_right/n gini_right), where
/// gini = sum_c p_c (1 - p_c).
///
/// @param X  #tokens x #neurons activations, model units; kept in memory
/// @param y  #tokens labels in [0, num_classes); -1: left out
/// @throws Error{Input} on a size mismatch, a label out of range, one class only, or an activation that is
///         not finite; Error{Usage} when an option is out of range or the matrix does not fit in memory_bytes
///
/// Ties: the neuron drawn first, then the lowest threshold. The same seed gives the same forest with any
/// number of threads. Trees need no standardisation: only the order of a neuron's values matters.
/// Cost: O(trees * features * tokens * depth); memory: 8 bytes an activation, and the trees.
/// Source: Breiman, Machine Learning 2001; as scikit-learn's RandomForestClassifier, but for its random
/// numbers, and for values closer than 1e-7, which it takes for equal.
Forest fit_forest(const RowSource& X, std::span<const int> y, const ForestOptions& options);

/// #tokens x #classes: mean over trees of the leaves' class shares.
/// @throws Error{Input} when X has another number of neurons
MatrixF predict_forest(const RowSource& X, const Forest& forest);

}  // namespace neurox
