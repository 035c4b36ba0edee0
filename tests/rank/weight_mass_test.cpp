#include "neurox/rank/weight_mass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

MatrixF weights(std::initializer_list<std::initializer_list<float>> rows) {
  MatrixF W(static_cast<Index>(rows.size()), static_cast<Index>(rows.begin()->size()));
  Index k = 0;
  for (const auto& row : rows) {
    Index j = 0;
    for (float w : row) W(k, j++) = w;
    ++k;
  }
  return W;
}

// The first five are the peer's own examples.
TEST(WeightMass, HalfTheMassOfEachClassIsOneNeuronHere) {
  const NeuronSets sets = top_by_mass(weights({{5, 1, 1}, {1, 10, 1}}), 0.5);
  EXPECT_THAT(sets.together, ElementsAre(0, 1));
  EXPECT_THAT(sets.per_class, ElementsAre(ElementsAre(0), ElementsAre(1)));
}
TEST(WeightMass, AllTheMassIsAllNeurons) {
  EXPECT_THAT(top_by_mass(weights({{10, 9, 8}, {10, 2, 1}}), 1).together, ElementsAre(0, 1, 2));
}
TEST(WeightMass, AThresholdTakesWeightsAboveAShareOfTheLargest) {
  EXPECT_THAT(top_by_threshold(weights({{5, 1, 2, 1}, {1, 10, 1, 6}}), 2).together, ElementsAre(0, 1, 3));
}
TEST(WeightMass, TheBottomBeginsWithTheSmallest) {
  const NeuronSets sets = bottom_by_mass(weights({{5, 4, 1}, {10, 1, 1}}), 0.1);
  EXPECT_THAT(sets.per_class, ElementsAre(ElementsAre(2), ElementsAre(1, 2)));
}
TEST(WeightMass, TheOverallOrderingIsByTheShareAtWhichANeuronEnters) {
  EXPECT_THAT(order_by_mass(weights({{4, 1, 5}, {1, 1, 10}}), 100).neurons, ElementsAre(2, 0, 1));
}

TEST(WeightMass, SignsDoNotMatterAndTiesGoByIndex) {
  EXPECT_THAT(order_by_weight(weights({{-2, 3, 2, -3}}), 0), ElementsAre(1, 3, 0, 2));
}
TEST(WeightMass, NoShareStillTakesOneNeuron) {
  EXPECT_THAT(top_by_mass(weights({{1, 2}, {0, 0}}), 0).per_class,
              ElementsAre(ElementsAre(1), ElementsAre(0)));
}
TEST(WeightMass, ZeroWeightsAreNeverNeeded) {
  EXPECT_THAT(top_by_mass(weights({{0, 2, 0, 1}}), 1).per_class[0], ElementsAre(1, 3));
}

TEST(WeightMass, CutoffsCountWhatEachStepHasTaken) {
  // Shares 4/10, 1/10, 5/10: step 0 takes 2; 0.5 is reached by 2 alone; steps 6 to 9 of 10 take 0; step 10
  // takes 1.
  const Ordering o = order_by_mass(weights({{4, 1, 5, 0}}), 10);
  EXPECT_THAT(o.neurons, ElementsAre(2, 0, 1, 3));
  EXPECT_THAT(o.cutoffs, ElementsAre(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3));
  EXPECT_THAT(steps_by_mass(weights({{4, 1, 5, 0}}), 10), ElementsAre(6, 10, 0, 11));
}
TEST(WeightMass, InsideABlockTheLargerShareOfItsClassComesFirst) {
  // Both classes' best enter at step 0: 6/8 of class 0 against 6/7 of class 1.
  EXPECT_THAT(order_by_mass(weights({{6, 1, 1}, {0.5F, 0.5F, 6}}), 2).neurons, ElementsAre(2, 0, 1));
}
TEST(WeightMass, GranulesHoldAtLeastTheirSizeAndTheTailIsKept) {
  const Ordering o = order_by_mass_granular(weights({{8, 4, 2, 1, 0.5F}}), {2, 100});
  EXPECT_THAT(o.neurons, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(o.cutoffs, ElementsAre(1, 2, 4, 5));
}

TEST(WeightMass, RenamingNeuronsRenamesTheOrdering) {
  const MatrixF W = MatrixF::Random(5, 40);
  const NeuronList straight = order_by_mass(W, 100).neurons;
  NeuronList turned = order_by_mass(W.rowwise().reverse(), 100).neurons;
  for (Index& j : turned) j = 39 - j;
  EXPECT_EQ(straight, turned);
}
TEST(WeightMass, ScalingAClassChangesNothing) {
  MatrixF W = MatrixF::Random(4, 30);
  const NeuronSets before = top_by_mass(W, 0.4);
  W.row(2) *= 64;
  EXPECT_EQ(before.per_class, top_by_mass(W, 0.4).per_class);
  EXPECT_EQ(before.together, top_by_mass(W, 0.4).together);
}
TEST(WeightMass, SetsGrowWithTheShare) {
  const MatrixF W = MatrixF::Random(4, 30);
  std::size_t last = 0;
  for (int s = 0; s <= 20; ++s) {
    const NeuronSets sets = top_by_mass(W, s / 20.0);
    EXPECT_GE(sets.together.size(), last);
    last = sets.together.size();
  }
  EXPECT_EQ(last, 30U);
}
TEST(WeightMass, TheMeanAbsoluteWeightIsTheMean) {
  EXPECT_THAT(std::vector<double>({mean_absolute_weight(weights({{1, -2}, {3, 4}}))(0),
                                   mean_absolute_weight(weights({{1, -2}, {3, 4}}))(1)}),
              ElementsAre(2, 3));
}

TEST(WeightMass, WhatMakesNoSenseIsRefused) {
  const MatrixF W = weights({{1, 2}});
  EXPECT_THAT(refusal([&] { top_by_mass(W, 1.1); }), HasSubstr("the share of mass is 1.1"));
  EXPECT_THAT(refusal([&] { top_by_threshold(W, 0); }), HasSubstr("the threshold's divisor is 0"));
  EXPECT_THAT(refusal([&] { order_by_mass(W, 0); }), HasSubstr("the search stride is 0"));
  EXPECT_THAT(refusal([&] { order_by_mass_granular(W, {0, 10}); }), HasSubstr("the granularity is 0"));
  EXPECT_THAT(refusal([&] { order_by_weight(W, 1); }), HasSubstr("class 1 is asked for but there are 1"));
  EXPECT_THAT(refusal([] { top_by_mass(MatrixF(), 0.5); }), HasSubstr("no probe weights"));
  MatrixF bad = W;
  bad(0, 1) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(refusal([&] { top_by_mass(bad, 0.5); }),
              HasSubstr("weight of class 0, neuron 1 is not finite"));
}

}  // namespace
}  // namespace neurox
