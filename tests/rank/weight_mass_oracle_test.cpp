#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "neurox/rank/choose.h"
#include "neurox/rank/scores.h"
#include "neurox/rank/weight_mass.h"
#include "oracle_files.h"
#include "support.h"

/// Against what NeuroX makes of the same weights.
namespace neurox {
namespace {

using neurox::testing::Hdf5File;
using neurox::testing::read_json;
using neurox::testing::shared;

struct Given {
  MatrixF W;
  nlohmann::json rankings;
  std::vector<std::string> labels;
};
Given given(const std::filesystem::path& folder) {
  return {Hdf5File(folder / "neurox-probe.h5").matrix("W"),
          read_json(folder / "neurox-probe.json")["rankings_from_given_weights"],
          Hdf5File(folder / "data.h5").strings("labels")};
}

NeuronList list(const nlohmann::json& values) {
  return values.get<NeuronList>();
}

TEST(WeightMassOracle, SetsPerClassAndTheirUnionsAreNeuroXs) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Given peer = given(folder);
  for (const std::string share : {"0", "0.05", "0.25", "0.5", "0.8", "1.0"})
    for (const std::string end : {"top", "bottom"}) {
      const NeuronSets ours =
          end == "top" ? top_by_mass(peer.W, std::stod(share)) : bottom_by_mass(peer.W, std::stod(share));
      const auto& theirs = peer.rankings[end + "_" + share];
      EXPECT_EQ(ours.together, list(theirs["union_sorted"])) << end << share;
      if (theirs["per_class_in_order"].is_null()) continue;
      for (std::size_t k = 0; k < peer.labels.size(); ++k) {
        NeuronList expected = list(theirs["per_class_in_order"][peer.labels[k]]);
        // The peer's float32 sums stop one neuron early for this class; every weight there is positive.
        if (end == "top" && share == "1.0" && peer.labels[k] == "ADP") {
          EXPECT_EQ(expected.size(), 191U);
          expected.push_back(ours.per_class[k].back());
        }
        EXPECT_EQ(ours.per_class[k], expected) << end << share << ' ' << peer.labels[k];
      }
    }
}

TEST(WeightMassOracle, ThresholdsAreNeuroXs) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Given peer = given(folder);
  for (const int divisor : {2, 4, 8}) {
    const NeuronSets ours = top_by_threshold(peer.W, divisor);
    const auto& theirs = peer.rankings["hard_" + std::to_string(divisor)];
    EXPECT_EQ(ours.together, list(theirs["union_sorted"]));
    for (std::size_t k = 0; k < peer.labels.size(); ++k)
      EXPECT_EQ(ours.per_class[k], list(theirs["per_class_in_order"][peer.labels[k]]));
  }
}

/// Blocks between cut-offs as sets: inside them the peer's order is arbitrary.
void expect_same_blocks(const Ordering& ours, const nlohmann::json& theirs) {
  const NeuronList ordering = list(theirs["ordering"]);
  const auto cutoffs = theirs["cutoffs"].get<std::vector<std::int64_t>>();
  ASSERT_GE(ours.cutoffs.size(), cutoffs.size());
  std::int64_t begin = 0;
  for (std::size_t s = 0; s < cutoffs.size(); begin = cutoffs[s++]) {
    ASSERT_EQ(ours.cutoffs[s], cutoffs[s]) << "step " << s;
    NeuronList a(ours.neurons.begin() + begin, ours.neurons.begin() + cutoffs[s]);
    NeuronList b(ordering.begin() + begin, ordering.begin() + cutoffs[s]);
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    EXPECT_EQ(a, b) << "step " << s;
  }
}

TEST(WeightMassOracle, OrderingsAndCutoffsAreNeuroXs) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Given peer = given(folder);
  for (const int stride : {100, 1000}) {
    const Ordering ours = order_by_mass(peer.W, stride);
    EXPECT_EQ(ours.cutoffs.size(), static_cast<std::size_t>(stride) + 1);
    expect_same_blocks(ours, peer.rankings["ordering_" + std::to_string(stride)]);
  }
}

TEST(WeightMassOracle, GranulesAreNeuroXsAndTheTailIsAddedToThem) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Given peer = given(folder);
  const Ordering ours = order_by_mass_granular(peer.W, {20, 100});
  expect_same_blocks(ours, peer.rankings["ordering_granular_20"]);
  EXPECT_EQ(ours.neurons.size(), 192U);
  EXPECT_EQ(ours.cutoffs.back(), 192);
}

TEST(WeightMassOracle, TheMeanWeightRankingIsThePeers) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Given peer = given(folder);
  EXPECT_EQ(order_by_score(mean_absolute_weight(peer.W)), list(peer.rankings["antverg_linear_ranking"]));
}

/// Place 182 of 192 falls inside a step of two neurons, whose order is arbitrary in the peer.
TEST(WeightMassOracle, TheLastTenAreNeuroXsButForTheStepThatIsCut) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Given peer = given(folder);
  const NeuronList theirs = list(peer.rankings["fixed_bottom_10"]);
  const std::vector<int> steps = steps_by_mass(peer.W, 100);
  const NeuronList ours = choose_bottom(order_by_mass(peer.W, 100).neurons, 10);
  const auto step_of = [&](Index j) { return steps[static_cast<std::size_t>(j)]; };
  for (Index j : ours)
    if (step_of(j) > step_of(ours.back())) {
      EXPECT_THAT(theirs, ::testing::Contains(j));
    }
  for (Index j : theirs) EXPECT_GE(step_of(j), step_of(ours.back()));
}

}  // namespace
}  // namespace neurox
