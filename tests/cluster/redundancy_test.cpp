#include "neurox/cluster/redundancy.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/core/random.h"
#include "oracle_files.h"
#include "support.h"

namespace neurox::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ProbeTokens tokens_of(const MatrixF& X, std::span<const int> y) {
  return {[&X](const NeuronList& neurons) -> std::unique_ptr<RowSource> {
            MatrixF chosen(X.rows(), static_cast<Index>(neurons.size()));
            for (std::size_t j = 0; j < neurons.size(); ++j)
              chosen.col(static_cast<Index>(j)) = X.col(neurons[j]);
            return std::make_unique<MatrixRows>(std::move(chosen));
          },
          y};
}

/// Four layers of three neurons. Layer 0 knows nothing, layer 1 knows the class in neurons 3 and (the same
/// thing again) 4, layers 2 and 3 repeat layer 1; neuron 8 is constant.
struct Repeated {
  MatrixF X = MatrixF(600, 12);
  std::vector<int> y;
  std::vector<NeuronList> layers{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {9, 10, 11}};
  explicit Repeated(std::uint64_t seed) {
    Random random(seed);
    for (Index i = 0; i < X.rows(); ++i) {
      y.push_back(static_cast<int>(random.below(2)));
      for (Index j = 0; j < 12; ++j) X(i, j) = static_cast<float>(random.below(1000)) / 1000;
      X(i, 3) += 2.0F * static_cast<float>(y.back());
      for (const Index j : {4, 6, 9}) X(i, j) = X(i, 3) + 0.05F * X(i, j);
      X(i, 8) = 3;
    }
  }
};

RedundancyOptions options_of() {
  RedundancyOptions options;
  options.fit.num_classes = 2;
  options.clustering.cuts = {{Cut::By::Threshold, 0.3}};
  return options;
}

TEST(Redundancy, FindsTheLayerTheRepetitionAndTheNeuronThatSuffice) {
  const Repeated train(1), eval(2);
  const Redundancy found =
      find_redundancy(train.layers, tokens_of(train.X, train.y), tokens_of(eval.X, eval.y), options_of());
  EXPECT_EQ(found.all.neurons, 12);
  EXPECT_GT(found.all.accuracy, 0.99);
  EXPECT_EQ(found.layers_kept, 2) << "the first knows nothing, with the second all is known";
  ASSERT_EQ(found.layers.size(), 2U);
  EXPECT_LT(found.layers[0].accuracy, 0.7);
  // All neurons are right everywhere, so what is lost on a token is 0 or 1.
  ASSERT_EQ(found.all.accuracy, 1);
  const double lost = 1 - found.layers[0].accuracy;
  EXPECT_NEAR(found.layers[0].loss_error, std::sqrt(lost * (1 - lost) / 600), 1e-12);
  EXPECT_EQ(found.all.loss_error, 0);
  EXPECT_THAT(found.layer_neurons, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(found.cut, 0U);
  EXPECT_EQ(found.candidates.size(), 5U) << "3 and 4 say the same";
  ASSERT_EQ(found.minimal.size(), 1U);
  EXPECT_TRUE(found.minimal[0] == 3 || found.minimal[0] == 4);
  EXPECT_GT(found.kept.accuracy, 0.99 * found.all.accuracy);
}
TEST(Redundancy, WithoutCutsNoNeuronIsLeftOutForAnother) {
  const Repeated train(1), eval(2);
  RedundancyOptions options = options_of();
  options.clustering.cuts.clear();
  const Redundancy found =
      find_redundancy(train.layers, tokens_of(train.X, train.y), tokens_of(eval.X, eval.y), options);
  EXPECT_FALSE(found.cut);
  EXPECT_EQ(found.candidates, found.layer_neurons);
}
TEST(Redundancy, WhatMayCostNothingKeepsMore) {
  const Repeated train(1), eval(2);
  RedundancyOptions strict = options_of();
  strict.neuron_loss = 0;
  strict.layer_loss = 0;
  const Redundancy found =
      find_redundancy(train.layers, tokens_of(train.X, train.y), tokens_of(eval.X, eval.y), strict);
  EXPECT_EQ(found.layers_kept, 4) << "nothing is better than everything";
  EXPECT_EQ(found.minimal.size(), found.candidates.size());
}
TEST(Redundancy, TheSharesArePaperOnes) {
  const std::vector<double> shares = redundancy_shares();
  EXPECT_EQ(shares.size(), 27U);
  EXPECT_NEAR(shares.front(), 0.001, 1e-12);
  EXPECT_NEAR(shares[5], 0.01, 1e-12);
  EXPECT_NEAR(shares.back(), 0.9, 1e-12);
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
}
TEST(Redundancy, RefusesLossesAndSharesThatAreNone) {
  const Repeated data(1);
  const ProbeTokens tokens = tokens_of(data.X, data.y);
  RedundancyOptions options = options_of();
  options.layer_loss = 101;
  EXPECT_THAT(refusal([&] { find_redundancy(data.layers, tokens, tokens, options); }),
              HasSubstr("a loss of 101 % is none of 0 to 100"));
  options = options_of();
  options.shares = {0};
  EXPECT_THAT(refusal([&] { find_redundancy(data.layers, tokens, tokens, options); }),
              HasSubstr("a share of 0 is none of (0, 1]"));
  EXPECT_THAT(refusal([&] { find_redundancy({}, tokens, tokens, options_of()); }), HasSubstr("no layers"));
}

/// Against converged probes of scikit-learn on MiniLM's activations of EWT words.
TEST(Redundancy, LayersClustersAndSetsDoAsScikitLearnsProbesSay) {
  NEUROX_NEED(file, shared("oracles/cluster/redundancy.json"));
  NEUROX_NEED(from, shared("oracles/probe/data.h5"));
  const nlohmann::json expected = read_json(file);
  const Hdf5File data(from);
  const auto side_by_side = [&](const std::string& part) {
    const MatrixF a = data.matrix("X3_" + part), b = data.matrix("X6_" + part);
    MatrixF X(a.rows(), a.cols() + b.cols());
    X << a, b;
    return X;
  };
  const MatrixF train = side_by_side("train"), dev = side_by_side("dev");
  const std::vector<int> y = data.integers("y_train"), y_dev = data.integers("y_dev");
  std::vector<NeuronList> layers(2, NeuronList(192));
  std::iota(layers[0].begin(), layers[0].end(), 0);
  std::iota(layers[1].begin(), layers[1].end(), 192);
  RedundancyOptions options;
  options.fit.num_classes = 14;
  options.fit.lambda = 1e-3;
  options.fit.l1_ratio = 0;
  options.fit.bias_l2 = 1e-3;
  options.shares.clear();
  const auto step = [&](const std::string& name) { return expected["steps"][name]; };
  const auto is = [&](const RedundancySet& found, const std::string& name) {
    EXPECT_EQ(found.neurons, step(name)["n"].get<Index>()) << name;
    EXPECT_NEAR(found.accuracy, step(name)["dev"].get<double>(), 2.01 / 1500) << name;
    EXPECT_NEAR(found.objective, step(name)["objective"].get<double>(), 1e-4) << name;
  };
  const ProbeTokens tokens = tokens_of(train, y), held_out = tokens_of(dev, y_dev);
  const Redundancy found = find_redundancy(layers, tokens, held_out, options);
  is(found.all, "all_layers");
  is(found.layers[0], "layer_3_only");
  EXPECT_EQ(found.layers_kept, 1);

  // One layer of all neurons: the sets of the oracle's ordering.
  NeuronList all(384);
  std::iota(all.begin(), all.end(), 0);
  options.shares = {10.0 / 384, 40.0 / 384, 160.0 / 384};
  options.neuron_loss = 0;
  const Redundancy sets = find_redundancy({all}, tokens, held_out, options);
  ASSERT_GE(sets.sets.size(), 3U);
  is(sets.sets[0], "top_10");
  is(sets.sets[1], "top_40");
  is(sets.sets[2], "top_160");
  const auto columns = expected["ordering"]["columns"].get<NeuronList>();
  std::size_t same = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) same += columns[i] == sets.order[i] ? 1 : 0;
  EXPECT_GT(same, columns.size() / 2) << "but for ties within a step";

  // The peer represents a cluster by its lowest column, and a constant neuron by itself.
  NeuronClusteringOptions clustering;
  clustering.cuts = {{Cut::By::Threshold, 0.3}, {Cut::By::Threshold, 0.5}, {Cut::By::Threshold, 0.7}};
  clustering.silhouettes = false;
  const NeuronClustering clusters = cluster_neurons(*tokens.neurons(all), clustering);
  for (const NeuronClusters& cut : clusters.cuts) {
    const std::string name = fmt::format("clusters_{}", cut.cut.value);
    NeuronList lowest = clusters.constant;
    std::vector<bool> seen(static_cast<std::size_t>(cut.clusters), false);
    for (std::size_t i = 0; i < cut.cluster.size(); ++i)
      if (cut.cluster[i] >= 0 && !seen[static_cast<std::size_t>(cut.cluster[i])]) {
        seen[static_cast<std::size_t>(cut.cluster[i])] = true;
        lowest.push_back(static_cast<Index>(i));
      }
    std::sort(lowest.begin(), lowest.end());
    EXPECT_EQ(lowest, step(name)["representatives"].get<NeuronList>()) << name;
  }
}

}  // namespace
}  // namespace neurox::testing
