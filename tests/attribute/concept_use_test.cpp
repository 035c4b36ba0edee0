#include "neurox/attribute/concept_use.h"

#include <gtest/gtest.h>

#include <limits>

#include "neurox/core/random.h"
#include "support.h"

namespace neurox::attribute {
namespace {

using neurox::testing::refusal;

/// Numbers in [-1, 1).
VectorD noise(Index n, std::uint64_t seed) {
  Random random(seed);
  VectorD x(n);
  for (Index i = 0; i < n; ++i) x(i) = static_cast<double>(random.next() >> 11U) * 0x1p-52 - 1;
  return x;
}

MatrixD column(const VectorD& x) {
  MatrixD m(x.size(), 1);
  m.col(0) = x;
  return m;
}

TEST(ConceptUse, ByHandAndWithAllWeightOnOneNeuronItsAttribution) {
  MatrixD scores(3, 2);
  scores << 1, 0,  //
      3, 2,        //
      0, 0;
  VectorD attribution(3);
  attribution << 4, 8, 100;
  const ConceptUse::Use found = ConceptUse(scores, {0, 0, 0}).of(attribution);
  EXPECT_DOUBLE_EQ(found.use(0), 0.25 * 4 + 0.75 * 8);
  EXPECT_DOUBLE_EQ(found.use(1), 8);
}
TEST(ConceptUse, PermutationsStayWithinTheirLayer) {
  // Each layer has one value only: no permutation changes anything.
  VectorD attribution(4);
  attribution << 1, 1, 7, 7;
  VectorD scores(4);
  scores << 3, 0, 1, 0;
  const ConceptUse::Use found = ConceptUse(column(scores), {0, 0, 5, 5}).of(attribution);
  EXPECT_DOUBLE_EQ(found.mean(0), found.use(0));
  EXPECT_DOUBLE_EQ(found.deviation(0), 0);
  EXPECT_DOUBLE_EQ(found.probability(0), 1);
  // In one layer they do.
  EXPECT_GT(ConceptUse(column(scores), {0, 0, 0, 0}).of(attribution).deviation(0), 0.5);
}
TEST(ConceptUse, TheirMeanAndSpreadAreThoseOfAllPermutations) {
  // w permuted: mean(w) sum(a); variance: (n - 1) var(w) var(a) with sample variances.
  const Index n = 50;
  const VectorD a = noise(n, 1), w = noise(n, 2).cwiseAbs();
  const VectorD share = w / w.sum();
  const ConceptUse::Use found =
      ConceptUse(column(w), std::vector<int>(50, 0), {.permutations = 4000, .seed = 3}).of(a);
  const auto squares = [](const VectorD& x) { return (x.array() - x.mean()).square().sum(); };
  const double sd = std::sqrt(squares(a) * squares(share) / static_cast<double>(n - 1));
  EXPECT_NEAR(found.deviation(0), sd, 0.05 * sd);
  EXPECT_NEAR(found.mean(0), share.mean() * a.sum(), 4 * sd / std::sqrt(4000.0));
}
TEST(ConceptUse, APlantedConceptIsFoundAndChanceIsNot) {
  const Index n = 300;
  const VectorD a = noise(n, 5);
  MatrixD scores(n, 3);
  scores.col(0) = a.cwiseMax(0) + 0.2 * noise(n, 6).cwiseAbs();
  scores.col(1) = (-a).cwiseMax(0) + 0.2 * noise(n, 8).cwiseAbs();
  scores.col(2) = noise(n, 9).cwiseAbs();
  std::vector<int> layers;
  for (Index i = 0; i < n; ++i) layers.push_back(static_cast<int>(i / 100));
  const ConceptUse::Use found = ConceptUse(scores, layers, {.permutations = 199}).of(a);
  EXPECT_DOUBLE_EQ(found.probability(0), 1.0 / 200);
  EXPECT_GT(found.use(0), found.mean(0));
  EXPECT_DOUBLE_EQ(found.probability(1), 1.0 / 200);
  EXPECT_LT(found.use(1), found.mean(1));
  EXPECT_GT(found.probability(2), 0.05);
}
TEST(ConceptUse, ChanceIsFoundAsOftenAsPSays) {
  const Index n = 40;
  int found = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed)
    found += static_cast<int>(ConceptUse(column(noise(n, 1000 + seed).cwiseAbs()), std::vector<int>(40, 0),
                                         {.permutations = 99, .seed = seed})
                                  .of(noise(n, 5000 + seed))
                                  .probability(0) <= 0.1);
  EXPECT_NEAR(found, 30, 15);
}
TEST(ConceptUse, IsLinearInTheAttributionAndSeeded) {
  const VectorD a = noise(20, 1), b = noise(20, 2);
  const ConceptUse one(column(noise(20, 3)), std::vector<int>(20, 0), {.permutations = 50, .seed = 1});
  EXPECT_NEAR(one.of((a + b) / 2).mean(0), (one.of(a).mean(0) + one.of(b).mean(0)) / 2, 1e-14);
  const ConceptUse other(column(noise(20, 3)), std::vector<int>(20, 0), {.permutations = 50, .seed = 2});
  EXPECT_EQ(one.of(a).mean(0), one.of(a).mean(0));
  EXPECT_NE(one.of(a).mean(0), other.of(a).mean(0));
}
TEST(ConceptUse, WhatDoesNotFitIsRefused) {
  const MatrixD two = MatrixD::Ones(2, 1);
  EXPECT_EQ(refusal([&] { ConceptUse(two, {0}); }), "concepts: scores of 2 neurons, layers of 1");
  EXPECT_EQ(refusal([&] {
              ConceptUse(two, {0, 0}, {.permutations = 1});
            }),
            "concepts: 1 permutations; give at least 2");
  EXPECT_EQ(refusal([&] { ConceptUse(MatrixD::Zero(2, 1), {0, 0}); }), "column 0: every score is 0");
  MatrixD broken = two;
  broken(1, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(refusal([&] { ConceptUse(broken, {0, 0}); }), "column 0: a score is not finite");
  EXPECT_EQ(refusal([&] {
              (void)ConceptUse(two, {0, 0}).of(VectorD::Ones(3));
            }),
            "concepts: attributions of 3 neurons for scores of 2");
}

}  // namespace
}  // namespace neurox::attribute
