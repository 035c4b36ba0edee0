#include "neurox/probe/forest.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/core/random.h"
#include "neurox/probe/evaluation.h"
#include "neurox/probe/forest_tree.h"
#include "neurox/probe/standard_rows.h"

namespace neurox {
namespace {

constexpr Index kForestBand = 1024;

ForestOptions checked_forest(const RowSource& X, std::span<const int> y, const ForestOptions& options) {
  ForestOptions o = options;
  if (o.trees < 1) throw usage_error("{} trees: at least 1", o.trees);
  if (o.features < 0 || o.features > X.cols())
    throw usage_error("{} neurons per split: 1 to {}, or 0 for the root of their number", o.features,
                      X.cols());
  if (o.max_depth < 0) throw usage_error("max_depth is {}: it must be >= 0", o.max_depth);
  if (o.min_split < 2) throw usage_error("min_split is {}: it must be at least 2", o.min_split);
  if (static_cast<Index>(y.size()) != X.rows())
    throw input_error("{} labels but activations of {} tokens", y.size(), X.rows());
  const int largest = y.empty() ? -1 : *std::max_element(y.begin(), y.end());
  if (o.num_classes == 0) o.num_classes = largest + 1;
  if (o.num_classes > 65535) throw input_error("{} classes: a forest takes 65535 at most", o.num_classes);
  int seen = -1;
  bool several = false;
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (y[i] < -1 || y[i] >= o.num_classes)
      throw input_error("label of token {} is {}: expected -1 to {}", i, y[i], o.num_classes - 1);
    if (y[i] < 0) continue;
    several = several || (seen >= 0 && y[i] != seen);
    seen = y[i];
  }
  if (!several) throw input_error("fewer than two classes among the tokens: nothing to tell apart");
  const std::int64_t bytes = 8 * static_cast<std::int64_t>(X.rows()) * X.cols();
  if (bytes > o.memory_bytes)
    throw usage_error(
        "a forest keeps {} tokens x {} neurons in memory, {} MB, but may take {} MB: name fewer neurons or "
        "sites, or give more memory",
        X.rows(), X.cols(), bytes >> 20, o.memory_bytes >> 20);
  if (o.features == 0)
    o.features = std::max<Index>(1, static_cast<Index>(std::sqrt(static_cast<double>(X.cols()))));
  return o;
}

/// The rows that have a label.
struct ForestRows {
  MatrixF X;
  std::vector<int> y;
};

ForestRows labelled_rows(const RowSource& source, std::span<const int> y) {
  ForestRows rows;
  for (int label : y)
    if (label >= 0) rows.y.push_back(label);
  rows.X.resize(static_cast<Index>(rows.y.size()), source.cols());
  Index next = 0;
  for_each_band(source, kForestBand, [&](Index first, const MatrixFRef& band) {
    for (Index i = 0; i < band.rows(); ++i)
      if (y[static_cast<std::size_t>(first + i)] >= 0) rows.X.row(next++) = band.row(i);
  });
  return rows;
}

}  // namespace

Forest fit_forest(const RowSource& X, std::span<const int> y, const ForestOptions& options) {
  const ForestOptions o = checked_forest(X, y, options);
  measure_columns(X);  // refuses what is not finite
  const ForestRows rows = labelled_rows(X, y);
  const ForestColumns columns(rows.X);
  const auto trees = static_cast<std::size_t>(o.trees);
  std::vector<GrownTree> grown(trees);
  if (o.progress != nullptr) o.progress->stage("forest", o.trees, "trees");
  tbb::parallel_for(std::size_t{0}, trees, [&](std::size_t t) {
    grown[t] = grow_tree(columns, rows.y, o, Random::mix(o.seed ^ Random::mix(t + 1)));
  });
  if (o.progress != nullptr) o.progress->advance_to(o.trees);

  Forest forest;
  forest.num_classes = o.num_classes;
  forest.class_importance.setZero(o.num_classes, X.cols());
  VectorD squares = VectorD::Zero(X.cols()), mean = VectorD::Zero(X.cols());
  MatrixF votes = MatrixF::Zero(rows.X.rows(), o.num_classes);
  std::vector<bool> voted(rows.y.size());
  for (GrownTree& g : grown) {
    const double total = g.decrease.sum();
    if (total > 0) g.decrease /= total;
    const VectorD own = g.decrease.colwise().sum();
    forest.class_importance += g.decrease;
    mean += own;
    squares += own.cwiseAbs2();
    const std::vector<std::int32_t> leaves = leaves_of(g.tree, rows.X);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      if (g.drawn[i]) continue;
      votes.row(static_cast<Index>(i)) += g.tree.shares.row(leaves[i]);
      voted[i] = true;
    }
    forest.nodes += static_cast<std::int64_t>(g.tree.nodes.size());
    forest.trees.push_back(std::move(g.tree));
  }
  mean /= static_cast<double>(o.trees);
  squares /= static_cast<double>(o.trees);
  forest.importance_sd = (squares - mean.cwiseAbs2()).cwiseMax(0).cwiseSqrt();
  const double total = forest.class_importance.sum();
  if (total > 0) forest.class_importance /= total;
  forest.importance = forest.class_importance.colwise().sum();
  const std::vector<int> predicted = argmax_rows(votes);
  std::int64_t asked = 0, right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    asked += voted[i] ? 1 : 0;
    right += voted[i] && predicted[i] == rows.y[i] ? 1 : 0;
  }
  forest.out_of_bag = asked == 0 ? no_value : static_cast<double>(right) / static_cast<double>(asked);
  return forest;
}

MatrixF predict_forest(const RowSource& X, const Forest& forest) {
  if (X.cols() != forest.importance.size())
    throw input_error("the forest has {} neurons but the activations {}", forest.importance.size(), X.cols());
  MatrixF out = MatrixF::Zero(X.rows(), forest.num_classes);
  for_each_band(X, kForestBand, [&](Index first, const MatrixFRef& band) {
    constexpr Index kBlock = 64;
    tbb::parallel_for(Index{0}, (band.rows() + kBlock - 1) / kBlock, [&](Index block) {
      const Index begin = block * kBlock, n = std::min(kBlock, band.rows() - begin);
      for (const Tree& tree : forest.trees) {
        const std::vector<std::int32_t> leaves = leaves_of(tree, band.middleRows(begin, n));
        for (Index i = 0; i < n; ++i)
          out.row(first + begin + i) += tree.shares.row(leaves[static_cast<std::size_t>(i)]);
      }
    });
  });
  out /= static_cast<float>(forest.trees.size());
  return out;
}

}  // namespace neurox
