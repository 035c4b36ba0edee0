#include "neurox/probe/forest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "neurox/probe/evaluation.h"
#include "neurox/probe/forest_columns.h"
#include "neurox/probe/forest_tree.h"
#include "oracle_files.h"
#include "support.h"
#include "synthetic.h"

namespace neurox {
namespace {

using neurox::testing::Hdf5File;
using neurox::testing::made_up;
using neurox::testing::read_json;
using neurox::testing::refusal;
using neurox::testing::shared;
using ::testing::HasSubstr;

ForestOptions forest_of(int trees, std::uint64_t seed = 0) {
  ForestOptions o;
  o.trees = trees;
  o.seed = seed;
  return o;
}

double forest_accuracy(const Forest& forest, const MatrixF& X, const std::vector<int>& y) {
  return evaluate(y, argmax_rows(predict_forest(MatrixRows(X), forest)), forest.num_classes).accuracy;
}

std::vector<Index> largest_first(const VectorD& score) {
  std::vector<Index> order(static_cast<std::size_t>(score.size()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return score(a) > score(b); });
  return order;
}

/// Values 1 2 3 4 of classes a a b b: whatever is drawn, the only split that leaves both sides pure lies
/// between the largest a and the smallest b drawn, halfway.
TEST(Forest, ATreeSplitsHalfwayBetweenTheClasses) {
  MatrixF X(4, 1);
  X << 1, 2, 3, 4;
  const Forest forest = fit_forest(MatrixRows(X), std::vector<int>{0, 0, 1, 1}, forest_of(50));
  for (const Tree& tree : forest.trees) {
    if (tree.nodes.size() == 1) continue;  // only one class was drawn
    ASSERT_EQ(tree.nodes.size(), 3U);
    const float t = tree.nodes[0].threshold;
    EXPECT_TRUE(t == 2 || t == 2.5F || t == 3) << t;
    EXPECT_EQ(tree.shares(tree.nodes[1].left, 0), 1);
    EXPECT_EQ(tree.shares(tree.nodes[2].left, 1), 1);
  }
  EXPECT_EQ(forest.importance(0), 1);
}

/// At the root of 2 a, 2 b: gini 1/2; both sides pure, so n * 1/2 is lost, half of it by each class.
TEST(Forest, ImportanceIsTheGiniLostClassByClass) {
  MatrixF X(200, 2);
  std::vector<int> y;
  for (Index i = 0; i < 200; ++i) {
    y.push_back(i < 100 ? 0 : 1);
    X(i, 0) = y.back() == 0 ? -1.0F : 1.0F;
    X(i, 1) = 7;
  }
  const Forest forest = fit_forest(MatrixRows(X), y, forest_of(20));
  EXPECT_NEAR(forest.importance(0), 1, 1e-12);
  EXPECT_EQ(forest.importance(1), 0) << "a constant neuron is never split on";
  EXPECT_NEAR(forest.class_importance(0, 0), 0.5, 1e-12);
  EXPECT_NEAR(forest.class_importance(1, 0), 0.5, 1e-12);
  EXPECT_EQ(forest.out_of_bag, 1);
}

/// What a node's tokens, drawn `weight` times each, lose of n gini by a split; 0 where one side is empty.
double gini_lost(const MatrixF& X, const std::vector<int>& y,
                 const std::vector<std::pair<Index, double>>& node, Index neuron, float threshold) {
  double n[3] = {}, counts[3][3] = {};
  for (const auto& [i, weight] : node)
    for (int side : {X(i, neuron) <= threshold ? 0 : 1, 2}) {
      n[side] += weight;
      counts[side][y[static_cast<std::size_t>(i)]] += weight;
    }
  if (n[0] == 0 || n[1] == 0) return 0;
  double lost = 0;
  for (int side = 0; side < 3; ++side)
    for (double c : counts[side]) lost += (side == 2 ? 1 : -1) * c * (1 - c / n[side]);
  return lost;
}

TEST(Forest, EveryNodeHasTheBestSplitByTheDefinition) {
  auto data = made_up(120, 4, 3);
  data.X = (2 * data.X.array()).round() / 2;  // with ties
  ForestOptions o = forest_of(1);
  o.num_classes = 3;
  o.features = 4;
  const GrownTree grown = grow_tree(ForestColumns(data.X), data.y, o, 11);
  // The tokens drawn, as documented: as many as there are, the first numbers of the seed.
  Random random(11);
  std::vector<double> drawn(120);
  for (int i = 0; i < 120; ++i) ++drawn[random.below(120)];
  std::vector<std::vector<std::pair<Index, double>>> tokens(grown.tree.nodes.size());
  for (Index i = 0; i < 120; ++i)
    if (drawn[static_cast<std::size_t>(i)] > 0) tokens[0].emplace_back(i, drawn[static_cast<std::size_t>(i)]);
  VectorD decrease = VectorD::Zero(4);
  for (std::size_t k = 0; k < tokens.size(); ++k) {
    const TreeNode& node = grown.tree.nodes[k];
    double best = 0;
    for (Index j = 0; j < 4; ++j)
      for (const auto& [i, weight] : tokens[k])
        best = std::max(best, gini_lost(data.X, data.y, tokens[k], j, data.X(i, j)));
    if (node.neuron < 0) {
      EXPECT_NEAR(best, 0, 1e-9) << "a leaf is pure, or its tokens are all alike";
      continue;
    }
    const double lost = gini_lost(data.X, data.y, tokens[k], node.neuron, node.threshold);
    EXPECT_NEAR(lost, best, 1e-9);
    decrease(node.neuron) += lost;
    for (const auto& at : tokens[k])
      tokens[static_cast<std::size_t>(data.X(at.first, node.neuron) <= node.threshold ? node.left
                                                                                      : node.right)]
          .push_back(at);
  }
  EXPECT_NEAR((VectorD(grown.decrease.colwise().sum()) - decrease).cwiseAbs().maxCoeff(), 0, 1e-9);
}

TEST(Forest, OrderedTransformationsOfANeuronChangeNoImportance) {
  auto data = made_up(400, 12, 3, 2);
  const Forest before = fit_forest(MatrixRows(data.X), data.y, forest_of(20, 3));
  data.X.col(4) = data.X.col(4).array().cube();
  data.X.col(7) = 100 * data.X.col(7).array() - 3;
  const Forest after = fit_forest(MatrixRows(data.X), data.y, forest_of(20, 3));
  EXPECT_EQ(before.importance, after.importance);
  EXPECT_EQ(before.class_importance, after.class_importance);
}

TEST(Forest, TheSeedDecidesAndSumsAreOne) {
  const auto data = made_up(300, 10, 4, 3);
  const Forest a = fit_forest(MatrixRows(data.X), data.y, forest_of(10, 1));
  const Forest b = fit_forest(MatrixRows(data.X), data.y, forest_of(10, 1));
  const Forest c = fit_forest(MatrixRows(data.X), data.y, forest_of(10, 2));
  EXPECT_EQ(a.importance, b.importance);
  EXPECT_NE(a.importance, c.importance);
  EXPECT_NEAR(a.importance.sum(), 1, 1e-12);
  EXPECT_TRUE((a.class_importance.array() >= 0).all());
  EXPECT_NEAR((a.class_importance.colwise().sum().transpose() - a.importance).cwiseAbs().maxCoeff(), 0,
              1e-15);
  const MatrixF p = predict_forest(MatrixRows(data.X), a);
  EXPECT_NEAR((p.rowwise().sum().array() - 1).abs().maxCoeff(), 0, 1e-5);
  EXPECT_GT(forest_accuracy(a, data.X, data.y), 0.95) << "grown to the end, trees know what they were shown";
}

TEST(Forest, NeuronsThatTellTheLabelOnlyTogetherAreFound) {
  std::mt19937 engine(4);
  std::normal_distribution<float> normal;
  const MatrixF X = MatrixF::NullaryExpr(3000, 8, [&] { return normal(engine); });
  std::vector<int> y;
  for (Index i = 0; i < X.rows(); ++i) y.push_back(X(i, 2) * X(i, 5) > 0 ? 1 : 0);
  ForestOptions o = forest_of(60);
  o.features = 4;
  const std::vector<Index> order = largest_first(fit_forest(MatrixRows(X), y, o).importance);
  EXPECT_EQ(std::min(order[0], order[1]), 2);
  EXPECT_EQ(std::max(order[0], order[1]), 5);
}

TEST(Forest, LeftOutTokensAreNotThere) {
  auto data = made_up(200, 6, 2, 5);
  MatrixF some(100, 6);
  std::vector<int> y;
  for (Index i = 0; i < 200; ++i) {
    if (i % 2 == 1) {
      data.y[static_cast<std::size_t>(i)] = -1;
      continue;
    }
    some.row(i / 2) = data.X.row(i);
    y.push_back(data.y[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(fit_forest(MatrixRows(data.X), data.y, forest_of(5)).importance,
            fit_forest(MatrixRows(some), y, forest_of(5)).importance);
}

TEST(Forest, RadixSortIsAStableSort) {
  std::mt19937_64 engine(6);
  for (std::size_t n : {0U, 1U, 30U, 41U, 500U, 5000U})
    for (int bits : {1, 7, 12, 32}) {
      std::vector<std::uint64_t> items(n), spare(n);
      for (std::size_t i = 0; i < n; ++i) items[i] = ((engine() >> (64 - bits)) << 32) | i;
      std::vector<std::uint64_t> expected = items;
      std::sort(expected.begin(), expected.end());
      const std::uint64_t* sorted = sort_items(items, spare, bits);
      EXPECT_TRUE(std::equal(expected.begin(), expected.end(), sorted)) << n << " " << bits;
    }
}

TEST(Forest, WhatCannotBeGrownIsRefused) {
  const MatrixRows X(MatrixF::Random(4, 3));
  const std::vector<int> y{0, 1, 0, 1};
  const auto said = [&](ForestOptions o) { return refusal([&] { fit_forest(X, y, o); }); };
  EXPECT_EQ(said(forest_of(0)), "0 trees: at least 1");
  ForestOptions o;
  o.features = 4;
  EXPECT_EQ(said(o), "4 neurons per split: 1 to 3, or 0 for the root of their number");
  o = {};
  o.memory_bytes = 10;
  EXPECT_THAT(said(o), HasSubstr("a forest keeps 4 tokens x 3 neurons in memory"));
  o = {};
  o.min_split = 1;
  EXPECT_EQ(said(o), "min_split is 1: it must be at least 2");
  o = {};
  o.max_depth = -1;
  EXPECT_EQ(said(o), "max_depth is -1: it must be >= 0");
  EXPECT_EQ(refusal([&] {
              fit_forest(X, std::vector<int>{0, 1}, {});
            }),
            "2 labels but activations of 4 tokens");
  EXPECT_EQ(refusal([&] {
              fit_forest(X, std::vector<int>{0, 1, -2, 0}, {});
            }),
            "label of token 2 is -2: expected -1 to 1");
  EXPECT_EQ(refusal([&] {
              fit_forest(X, std::vector<int>{1, 1, -1, 1}, {});
            }),
            "fewer than two classes among the tokens: nothing to tell apart");
  MatrixF bad = MatrixF::Random(4, 3);
  bad(1, 2) = std::numeric_limits<float>::infinity();
  EXPECT_THAT(refusal([&] { fit_forest(MatrixRows(bad), y, {}); }), HasSubstr("row 1, neuron 2 is infinite"));
  const Forest forest = fit_forest(X, y, forest_of(1));
  EXPECT_EQ(refusal([&] { predict_forest(MatrixRows(MatrixF::Random(2, 5)), forest); }),
            "the forest has 3 neurons but the activations 5");
}

TEST(ForestOracle, TopNeuronsAndAccuracyAreScikitLearns) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Hdf5File data(folder / "data.h5");
  const auto peer = read_json(folder / "forest.json");
  const MatrixF train = data.matrix("X6_train"), dev = data.matrix("X6_dev");
  const std::vector<int> y_dev = data.integers("y_dev");
  const Forest forest = fit_forest(MatrixRows(train), data.integers("y_train"), forest_of(100, 1));
  const std::vector<Index> order = largest_first(forest.importance);
  for (const auto& top : peer["top30"]) {
    const auto theirs = top.get<std::vector<Index>>();
    const auto shared_count = std::count_if(order.begin(), order.begin() + 30, [&](Index j) {
      return std::find(theirs.begin(), theirs.end(), j) != theirs.end();
    });
    EXPECT_GE(shared_count, 26);
  }
  const double accuracy = forest_accuracy(forest, dev, y_dev);
  EXPECT_GT(accuracy, 0.545);
  EXPECT_LT(accuracy, 0.58);
  EXPECT_NEAR(forest.out_of_bag, accuracy, 0.06);
  double worst = 0;
  for (Index j = 0; j < 192; ++j) {
    const auto at = static_cast<std::size_t>(j);
    const double sd = std::max(peer["importance_sd"][at].get<double>(), 1e-4);
    worst = std::max(worst, std::abs(forest.importance(j) - peer["importance_mean"][at].get<double>()) / sd);
  }
  EXPECT_LT(worst, 8) << "standard deviations between scikit-learn's seeds (five of them)";
  EXPECT_EQ(forest.importance(127), 0);
  RecordProperty("accuracy", fmt::format("{:.4f}, out of bag {:.4f}, worst {:.1f} sd", accuracy,
                                         forest.out_of_bag, worst));
}

}  // namespace
}  // namespace neurox
