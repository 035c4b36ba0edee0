#include "neurox/tcav/concept_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "neurox/core/random.h"
#include "support.h"

namespace neurox::tcav {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

struct SplitRows {
  MatrixF X;
  std::vector<int> y;
  Split split;
};

/// Concept and counterpart differ in the first neuron by `shift` of its spread.
SplitRows made(float shift) {
  Random random(3);
  SplitRows data{MatrixF(120, 5), {}, {}};
  for (Index i = 0; i < data.X.rows(); ++i) {
    data.y.push_back(static_cast<int>(i % 2));
    for (Index j = 0; j < 5; ++j) data.X(i, j) = static_cast<float>(random.below(1000)) / 1000;
    if (i % 2 == 1) data.X(i, 0) += shift;
  }
  data.split = stratified_split(data.y, {}, 1.0 / 3, 1);
  return data;
}

/// Its length in standard deviations.
double length(const ConceptVector& v) {
  return v.direction.cwiseQuotient(v.spread).norm();
}

TEST(ConceptVector, PointsToTheConceptAndHasLengthOneInDeviations) {
  const SplitRows data = made(2);
  const ConceptVector v = concept_vector(data.X, data.y, data.split, {});
  EXPECT_NEAR(length(v), 1, 1e-12);
  EXPECT_GT(v.direction[0], 0.9);
  EXPECT_LT(v.direction.tail(4).cwiseAbs().maxCoeff(), 0.1);
  EXPECT_EQ(v.accuracy, 1);
  EXPECT_EQ(v.chance, 0.5);
  EXPECT_EQ(v.held_out, 40);
}
TEST(ConceptVector, SwappingTheSidesTurnsItRound) {
  SplitRows data = made(0.3F);
  const ConceptVector v = concept_vector(data.X, data.y, data.split, {});
  for (int& label : data.y) label = 1 - label;
  const ConceptVector w = concept_vector(data.X, data.y, data.split, {});
  EXPECT_LT((v.direction + w.direction).cwiseAbs().maxCoeff(), 1e-9);
  EXPECT_NEAR(v.intercept, -w.intercept, 1e-9);
}
TEST(ConceptVector, IsTheSameStepInAnyUnitOfItsNeurons) {
  // Neuron j measured in units a_j times as small: a step of v_j is one of a_j v_j, and gradients g_j are g_j
  // / a_j, so that derivatives stay; no side changes.
  const SplitRows data = made(0.5F);
  SplitRows other = data;
  const float units[5] = {1024, 1 / 512.0F, 2, 8, 0.25F};
  for (Index j = 0; j < 5; ++j) other.X.col(j) = data.X.col(j) * units[j];
  for (const Direction how : {Direction::Logistic, Direction::Difference}) {
    VectorOptions options;
    options.direction = how;
    const ConceptVector v = concept_vector(data.X, data.y, data.split, options),
                        w = concept_vector(other.X, other.y, other.split, options);
    for (Index j = 0; j < 5; ++j) {
      EXPECT_NEAR(w.direction[j] / static_cast<double>(units[j]), v.direction[j], 1e-9);
      EXPECT_NEAR(w.normal[j] * static_cast<double>(units[j]), v.normal[j], 1e-9);
    }
    EXPECT_NEAR(v.intercept, w.intercept, 1e-9);
    EXPECT_EQ(v.accuracy, w.accuracy);
  }
}
TEST(ConceptVector, ComesToTheDifferenceOfMeansUnderAStrongPenalty) {
  SplitRows data = made(0.5F);
  VectorOptions strong;
  strong.C = 1e-9;
  VectorOptions difference;
  difference.direction = Direction::Difference;
  const VectorD v = concept_vector(data.X, data.y, data.split, strong).direction,
                w = concept_vector(data.X, data.y, data.split, difference).direction;
  EXPECT_LT((v - w).cwiseAbs().maxCoeff(), 1e-6);
}
TEST(ConceptVector, OfRawActivationsTurnsWithThem) {
  const SplitRows data = made(0.5F);
  VectorOptions raw;
  raw.standardise = false;
  raw.C = 1;
  SplitRows turned = data;  // neurons in another order, one with its sign changed: an exact rotation
  for (Index j = 0; j < 5; ++j) turned.X.col(j) = (j == 2 ? -1.0F : 1.0F) * data.X.col(4 - j);
  const ConceptVector v = concept_vector(data.X, data.y, data.split, raw),
                      w = concept_vector(turned.X, turned.y, turned.split, raw);
  for (Index j = 0; j < 5; ++j) EXPECT_NEAR(w.direction[j], (j == 2 ? -1 : 1) * v.direction[4 - j], 1e-9);
}
TEST(ConceptVector, AsDifferenceOfMeansByHand) {
  // concept (3, 1), (5, 1); counterpart (0, 1), (2, 1): difference (3, 0), middle (2.5, 1).
  const MatrixF X = (MatrixF(4, 2) << 3, 1, 5, 1, 0, 1, 2, 1).finished();
  const std::vector<int> y{1, 1, 0, 0};
  VectorOptions options;
  options.direction = Direction::Difference;
  options.unit = false;
  options.standardise = false;
  const ConceptVector v = concept_vector(X, y, {{0, 1, 2, 3}, {}}, options);
  EXPECT_EQ(v.direction, (VectorD(2) << 3, 0).finished());
  EXPECT_EQ(v.intercept, -7.5);
  EXPECT_TRUE(std::isnan(v.accuracy));
}
TEST(ConceptVector, ANeuronThatDoesNotVaryHasNoWeight) {
  SplitRows data = made(1);
  data.X.col(3).setConstant(0.1F);
  EXPECT_EQ(concept_vector(data.X, data.y, data.split, {}).direction[3], 0);
}
TEST(ConceptVector, RefusesWhatCannotBeToldApart) {
  SplitRows data = made(1);
  data.X.setConstant(2);
  EXPECT_THAT(refusal([&] { concept_vector(data.X, data.y, data.split, {}); }),
              HasSubstr("nothing in 5 neurons tells the concept from its counterpart"));
  data.X(data.split.train[0], 1) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(refusal([&] { concept_vector(data.X, data.y, data.split, {}); }), HasSubstr("not finite"));
  EXPECT_THAT(refusal([&] {
                concept_vector(data.X, data.y, {{0, 2}, {1}}, {});
              }),
              HasSubstr("0 examples of the concept and 2 of its counterpart"));
}
TEST(StratifiedSplit, HoldsOutTheShareOfEachSideAndKeepsGroupsTogether) {
  std::vector<int> y;
  std::vector<std::int64_t> groups;
  for (int i = 0; i < 90; ++i) {
    y.push_back(i < 30 ? 1 : 0);
    groups.push_back(i / 2);
  }
  const Split split = stratified_split(y, groups, 1.0 / 3, 5);
  int concept_rows = 0;
  std::set<std::int64_t> held;
  for (const Index i : split.held_out) {
    concept_rows += y[static_cast<std::size_t>(i)];
    held.insert(groups[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(concept_rows, 10);
  EXPECT_EQ(split.held_out.size(), 30U);
  for (const Index i : split.train) EXPECT_FALSE(held.contains(groups[static_cast<std::size_t>(i)]));
  EXPECT_EQ(stratified_split(y, groups, 1.0 / 3, 5).train, split.train);
  EXPECT_NE(stratified_split(y, groups, 1.0 / 3, 6).train, split.train);
}
TEST(StratifiedSplit, RefusesASideOfOneExample) {
  EXPECT_THAT(refusal([] {
                stratified_split(std::vector<int>{1, 0, 0}, {}, 0.5, 0);
              }),
              HasSubstr("concept: 1 different example(s)"));
  EXPECT_THAT(refusal([] {
                stratified_split(std::vector<int>{1, 1, 0, 0}, {}, 1.5, 0);
              }),
              HasSubstr("held-out share is 1.5"));
}
TEST(AtChance, IsWithinWhatGuessingReaches) {
  // 100 coins: 0.5 + 1.645 * 0.05 = 0.58225
  EXPECT_TRUE(at_chance(0.58, 0.5, 100));
  EXPECT_FALSE(at_chance(0.59, 0.5, 100));
  EXPECT_TRUE(at_chance(std::nan(""), 0.5, 100));
  EXPECT_TRUE(at_chance(1, 0.5, 0));
}

}  // namespace
}  // namespace neurox::tcav
