#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "neurox/rank/gaussian_selection.h"
#include "neurox/rank/genetic_search.h"
#include "neurox/rank/probe_search.h"
#include "oracle_files.h"
#include "support.h"

namespace neurox {
namespace {

using neurox::testing::Hdf5File;
using neurox::testing::refusal;
using neurox::testing::shared;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct PlantedSet {
  MatrixF X, held_X;
  std::vector<int> y, held_y;
};

/// Labels of three classes by a softmax of neurons 3, 7 and 11 of `neurons` (12 at least); the others are
/// noise.
PlantedSet planted_neurons(Index tokens, Index neurons) {
  std::mt19937 engine(21);
  std::normal_distribution<float> normal;
  PlantedSet data;
  const auto make = [&](MatrixF& X, std::vector<int>& y) {
    X = MatrixF::NullaryExpr(tokens, neurons, [&] { return normal(engine); });
    for (Index i = 0; i < tokens; ++i) {
      const float scores[3] = {4 * X(i, 3), 3 * X(i, 7), 2 * X(i, 11) + normal(engine)};
      y.push_back(static_cast<int>(std::max_element(scores, scores + 3) - scores));
    }
  };
  make(data.X, data.y);
  make(data.held_X, data.held_y);
  return data;
}

/// Label: whether neurons 2 and 5 have one sign. Neuron 4 tells a little of it alone.
PlantedSet exclusive_or(Index tokens, Index neurons) {
  std::mt19937 engine(22);
  std::normal_distribution<float> normal;
  PlantedSet data;
  const auto make = [&](MatrixF& X, std::vector<int>& y) {
    X = MatrixF::NullaryExpr(tokens, neurons, [&] { return normal(engine); });
    for (Index i = 0; i < tokens; ++i) {
      y.push_back(X(i, 2) * X(i, 5) > 0 ? 1 : 0);
      X(i, 4) += 0.8F * static_cast<float>(y.back());
    }
  };
  make(data.X, data.y);
  make(data.held_X, data.held_y);
  return data;
}

ProbeSelection by_probe(const PlantedSet& data, const ProbeSearchOptions& o) {
  const MatrixRows held(data.held_X);
  return select_by_probe(MatrixRows(data.X), data.y, {held, data.held_y}, o);
}

TEST(ProbeSearch, PlantedNeuronsComeFirst) {
  const PlantedSet data = planted_neurons(700, 20);
  ProbeSearchOptions o;
  o.count = 5;
  for (PathCriterion criterion : {PathCriterion::Accuracy, PathCriterion::CrossEntropy}) {
    o.criterion = criterion;
    const ProbeSelection s = by_probe(data, o);
    std::vector<Index> first = s.order();
    first.resize(3);
    std::sort(first.begin(), first.end());
    EXPECT_THAT(first, ElementsAre(3, 7, 11));
    EXPECT_GT(s.steps[2].accuracy, s.majority + 0.3);
    EXPECT_LT(s.steps[3].accuracy - s.steps[2].accuracy, 0.02);
    EXPECT_LT(s.steps[2].train_cross_entropy, s.steps[1].train_cross_entropy);
  }
}

TEST(ProbeSearch, TheShortlistFindsWhatTryingAllFinds) {
  const PlantedSet data = planted_neurons(500, 14);
  ProbeSearchOptions o;
  o.count = 3;
  o.shortlist = 4;
  const ProbeSelection some = by_probe(data, o);
  o.shortlist = 14;
  const ProbeSelection all = by_probe(data, o);
  EXPECT_EQ(some.order(), all.order());
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_NEAR(some.steps[k].cross_entropy, all.steps[k].cross_entropy, 1e-6);
}

TEST(ProbeSearch, TokensWithoutLabelAndConstantNeuronsAreHarmless) {
  PlantedSet data = planted_neurons(400, 13);
  data.X.col(0).setConstant(2);
  data.held_X.col(0).setConstant(2);
  for (std::size_t i = 0; i < 400; i += 4) data.y[i] = data.held_y[i] = -1;
  ProbeSearchOptions o;
  o.count = 99;
  o.shortlist = 2;
  const ProbeSelection s = by_probe(data, o);
  ASSERT_EQ(s.steps.size(), 13U);
  EXPECT_EQ(s.steps.back().neuron, 0);
}

TEST(ProbeSearch, WhatCannotBeSearchedIsRefused) {
  const PlantedSet data = planted_neurons(20, 12);
  ProbeSearchOptions o;
  o.count = 0;
  EXPECT_EQ(refusal([&] { by_probe(data, o); }), "0 neurons to choose: at least 1");
  o = {};
  o.shortlist = 0;
  EXPECT_EQ(refusal([&] { by_probe(data, o); }), "a shortlist of 0 neurons: at least 1");
  PlantedSet other = data;
  other.held_X = MatrixF::Zero(20, 13);
  EXPECT_EQ(refusal([&] { by_probe(other, {}); }), "12 neurons in training but 13 in the held-out tokens");
  other = data;
  other.held_y.assign(20, -1);
  EXPECT_EQ(refusal([&] { by_probe(other, {}); }), "no held-out token has a label");
  other.held_y.pop_back();
  EXPECT_EQ(refusal([&] { by_probe(other, {}); }), "19 labels but activations of 20 held-out tokens");
}

GeneticResult evolve(const PlantedSet& data, const GeneticOptions& o) {
  const MatrixRows held(data.held_X);
  return search_genetic(MatrixRows(data.X), data.y, GaussianHeldOut{held, data.held_y}, o);
}

TEST(GeneticSearch, AnExclusiveOrIsFound) {
  const PlantedSet data = exclusive_or(800, 24);
  GeneticOptions o;
  o.count = 3;
  o.population = 60;
  o.generations = 30;
  const GeneticResult found = evolve(data, o);
  EXPECT_THAT(found.best, ElementsAre(2, 4, 5));
  EXPECT_GT(found.held_out->information, 0.3);
  EXPECT_GT(found.frequency(2), 0.5);
  EXPECT_GT(found.frequency(5), 0.5);
  EXPECT_NEAR(found.frequency.sum(), 3, 1e-9);
  EXPECT_GT(found.contribution(0), found.contribution(1))
      << "without neuron 2 only 4 is left to tell anything";
  EXPECT_TRUE(std::is_sorted(found.best_by_generation.begin(), found.best_by_generation.end()));
  EXPECT_LE(found.evaluated, 60 + 30 * 59);
}

TEST(GeneticSearch, TheSetsScoreIsThatOfTheSubset) {
  const PlantedSet data = planted_neurons(300, 12);
  GeneticOptions o;
  o.count = 4;
  o.generations = 3;
  o.population = 8;
  for (GaussianCriterion criterion :
       {GaussianCriterion::TrainLikelihood, GaussianCriterion::HeldOutLikelihood,
        GaussianCriterion::HeldOutAccuracy}) {
    o.criterion = criterion;
    const GeneticResult found = evolve(data, o);
    const MatrixRows held(data.held_X);
    GaussianSelectionOptions same;
    same.criterion = criterion;
    const GaussianStep subset =
        gaussian_of_subset(MatrixRows(data.X), data.y, GaussianHeldOut{held, data.held_y}, found.best, same)
            .steps.back();
    EXPECT_NEAR(found.criterion, subset.criterion, 1e-9);
    EXPECT_NEAR(found.train.information, subset.train.information, 1e-9);
    EXPECT_NEAR(found.held_out->accuracy, subset.held_out->accuracy, 1e-9);
  }
}

TEST(GeneticSearch, TheSeedDecides) {
  const PlantedSet data = planted_neurons(300, 40);
  GeneticOptions o;
  o.count = 4;
  o.generations = 2;
  o.population = 10;
  const GeneticResult a = evolve(data, o), b = evolve(data, o);
  EXPECT_EQ(a.best, b.best);
  EXPECT_EQ(a.frequency, b.frequency);
  o.seed = 1;
  EXPECT_NE(evolve(data, o).frequency, a.frequency);
}

TEST(GeneticSearch, WhatCannotEvolveIsRefused) {
  PlantedSet data = planted_neurons(40, 12);
  const auto said = [&](const auto& change) {
    GeneticOptions o;
    o.count = 2;
    change(o);
    return refusal([&] { evolve(data, o); });
  };
  EXPECT_EQ(said([](auto& o) { o.count = 13; }), "sets of 13 neurons: 1 to 12");
  EXPECT_EQ(said([](auto& o) { o.population = 1; }), "a population of 1: at least 2");
  EXPECT_EQ(said([](auto& o) { o.generations = 0; }), "0 generations: at least 1");
  EXPECT_EQ(said([](auto& o) { o.patience = 0; }), "patience is 0: at least 1");
  EXPECT_EQ(said([](auto& o) { o.tournament = 0; }), "tournaments of 0: at least 1");
  EXPECT_EQ(said([](auto& o) { o.mutation = 1.5; }),
            "the mutation probability is 1.5: it must lie in [0, 1]");
  EXPECT_EQ(said([](auto& o) { o.elite = 0; }), "0 sets live on: 1 to 99");
  EXPECT_THAT(said([](auto& o) { o.gaussian.memory_bytes = 9; }),
              HasSubstr("keeps 80 tokens x 12 neurons in memory"));
  EXPECT_EQ(refusal([&] { search_genetic(MatrixRows(data.X), data.y, std::nullopt, {.count = 2}); }),
            "the criterion is on held-out tokens but there are none");
  data.X.leftCols(11).setZero();
  EXPECT_EQ(said([](auto&) {}), "sets of 2 neurons are asked for but only 1 neurons vary");
}

TEST(GaussianPairs, TheBestPairIsFoundWhereNoNeuronTellsAnythingAlone) {
  const PlantedSet data = exclusive_or(1500, 20);
  GaussianSelectionOptions o;
  o.criterion = GaussianCriterion::TrainLikelihood;
  o.count = 3;
  const auto choose = [&] { return select_gaussian(MatrixRows(data.X), data.y, std::nullopt, o).order(); };
  EXPECT_EQ(choose().front(), 4) << "one at a time, the neuron that tells a little comes first";
  o.first_pair = true;
  EXPECT_THAT(choose(), ElementsAre(2, 5, 4));
}

TEST(SubsetSearch, OnRealActivationsSetsBeatTheirFirstNeuron) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Hdf5File data(folder / "data.h5");
  const PlantedSet words{data.matrix("X6_train"), data.matrix("X6_dev"), data.integers("y_train"),
                         data.integers("y_dev")};
  ProbeSearchOptions probe;
  probe.count = 3;
  probe.shortlist = 4;
  const ProbeSelection chosen = by_probe(words, probe);
  EXPECT_EQ(chosen.steps[0].neuron, 63);
  EXPECT_GT(chosen.steps[2].accuracy, chosen.steps[0].accuracy + 0.05);
  GeneticOptions genetic;
  genetic.count = 6;
  genetic.population = 12;
  genetic.generations = 4;
  const GeneticResult found = evolve(words, genetic);
  EXPECT_GT(found.best_by_generation.back(), found.best_by_generation.front());
}

}  // namespace
}  // namespace neurox
