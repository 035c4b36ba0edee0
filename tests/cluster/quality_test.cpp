#include "neurox/cluster/quality.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

// Cluster x label:  3 1 0 / 0 2 1 / 1 1 3
const std::vector<int> some_clusters{0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2};
const std::vector<int> some_labels{0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 0, 1};

TEST(Quality, BCubedByHand) {
  // precision (9+1)/4 + (4+1)/3 + (1+1+9)/5, recall (9+1)/4 + (1+4+1)/4 + (1+9)/4, over 12.
  const BCubed found = b_cubed(some_clusters, some_labels);
  EXPECT_NEAR(found.precision, (2.5 + 5.0 / 3 + 2.2) / 12, 1e-12);
  EXPECT_NEAR(found.recall, 6.5 / 12, 1e-12);
  EXPECT_NEAR(found.f1, 2 * found.precision * found.recall / (found.precision + found.recall), 1e-12);
}
TEST(Quality, VMeasureAndAdjustedRandAreThoseOfScikitLearn) {
  const VMeasure v = v_measure(some_clusters, some_labels);
  EXPECT_NEAR(v.homogeneity, 0.3241294895818018, 1e-12);
  EXPECT_NEAR(v.completeness, 0.3304631335083926, 1e-12);
  EXPECT_NEAR(v.v, 0.327265670315748, 1e-12);
  EXPECT_NEAR(adjusted_rand(some_clusters, some_labels), 0.13651877133105803, 1e-12);
  std::vector<int> a, b;
  for (int i = 0; i < 60; ++i) {
    a.push_back((i * 7 + i * i) % 5);
    b.push_back((i * 3 + i * i / 4) % 4);
  }
  EXPECT_NEAR(v_measure(a, b).homogeneity, 0.007599301606609744, 1e-12);
  EXPECT_NEAR(v_measure(a, b).completeness, 0.007400516768714158, 1e-12);
  EXPECT_NEAR(adjusted_rand(a, b), -0.028846432970195613, 1e-12);
}
TEST(Quality, OneClusterAndAClusterForEachThingAreTheTwoEnds) {
  const std::vector<int> labels{0, 0, 1, 1}, one{5, 5, 5, 5}, each{3, 1, 0, 2};
  EXPECT_EQ(v_measure(one, labels).homogeneity, 0);
  EXPECT_EQ(v_measure(one, labels).completeness, 1);
  EXPECT_EQ(v_measure(each, labels).homogeneity, 1);
  EXPECT_EQ(b_cubed(one, labels).recall, 1);
  EXPECT_EQ(b_cubed(each, labels).precision, 1);
  EXPECT_EQ(adjusted_rand(one, labels), 0);
  EXPECT_EQ(adjusted_rand(one, one), 1);
  EXPECT_EQ(adjusted_rand(each, each), 1);
}
TEST(Quality, OtherNumbersForTheSameClustersChangeNothing) {
  std::vector<int> renamed;
  for (const int k : some_clusters) renamed.push_back(100 - 7 * k);
  EXPECT_NEAR(adjusted_rand(renamed, some_labels), adjusted_rand(some_clusters, some_labels), 1e-15);
  EXPECT_NEAR(v_measure(renamed, some_labels).v, v_measure(some_clusters, some_labels).v, 1e-15);
  EXPECT_EQ(adjusted_rand(renamed, some_clusters), 1);
}
TEST(Quality, WhatHasNoClusterOrNoLabelIsLeftOut) {
  std::vector<int> clusters = some_clusters, labels = some_labels;
  clusters.insert(clusters.end(), {-1, 1});
  labels.insert(labels.end(), {2, -1});
  EXPECT_EQ(b_cubed(clusters, labels).f1, b_cubed(some_clusters, some_labels).f1);
  EXPECT_EQ(adjusted_rand(clusters, labels), adjusted_rand(some_clusters, some_labels));
}
TEST(Quality, NormalisedPmiByHand) {
  // Two clusters that are the two labels, one thing astray: counts 2 0 / 1 1.
  const Contingency table = contingency(std::vector<int>{0, 0, 1, 1}, std::vector<int>{0, 0, 0, 1});
  const MatrixD found = normalised_pmi(table);
  EXPECT_NEAR(found(0, 0), std::log(0.5 / (0.5 * 0.75)) / std::log(2.0), 1e-12);
  EXPECT_EQ(found(0, 1), -1);
  EXPECT_NEAR(found(1, 0), std::log(0.25 / (0.5 * 0.75)) / std::log(4.0), 1e-12);
  EXPECT_NEAR(found(1, 1), std::log(0.25 / (0.5 * 0.25)) / std::log(4.0), 1e-12);
  EXPECT_NEAR(mean_normalised_pmi(table), 0.5 * found(0, 0) + 0.25 * found(1, 0) + 0.25 * found(1, 1), 1e-12);
}
TEST(Quality, NormalisedPmiIsOneForClustersThatAreTheLabelsAndZeroForWhatIsIndependent) {
  const std::vector<int> labels{0, 1, 2, 2};
  EXPECT_NEAR(mean_normalised_pmi(contingency(labels, labels)), 1, 1e-12);
  EXPECT_NEAR(mean_normalised_pmi(contingency(std::vector<int>{0, 0, 1, 1}, std::vector<int>{0, 1, 0, 1})), 0,
              1e-12);
  EXPECT_EQ(mean_normalised_pmi(contingency(std::vector<int>{0, 0}, std::vector<int>{0, 0})), 1);
}
TEST(Quality, DiversityIsOfTheMeanAndUncertaintyOfEachThing) {
  MatrixF p(2, 2);
  p << 1, 0, 0, 1;
  EXPECT_NEAR(spread_of(p).diversity, 2, 1e-12);
  EXPECT_NEAR(spread_of(p).uncertainty, 1, 1e-12);
  p << 0.5, 0.5, 0.5, 0.5;
  EXPECT_NEAR(spread_of(p).diversity, 2, 1e-12);
  EXPECT_NEAR(spread_of(p).uncertainty, 2, 1e-12);
  EXPECT_NEAR(spread_of(std::vector<int>{0, 0, 4, 4, -1}).diversity, 2, 1e-12);
}
TEST(Quality, SilhouettesAreThoseOfScikitLearn) {
  const std::vector<float> x{0, 1, 1.5, 5, 6, 9};
  SilhouetteSums sums(std::vector<int>{0, 0, 0, 1, 1, 2});
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::vector<float> distances;
    for (const float y : x) distances.push_back(std::abs(y - x[i]));
    sums.add(static_cast<Index>(i), distances);
  }
  const std::vector<double> expected{
      0.7727272727272727, 0.8333333333333334, 0.75, 0.75, 0.6666666666666666, 0};
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(sums.values()[i], expected[i], 1e-9) << i;
}
TEST(Quality, RefusesWhatItCannotCompare) {
  EXPECT_THAT(refusal([] {
                b_cubed(std::vector<int>{0}, std::vector<int>{0, 1});
              }),
              HasSubstr("1 clusters but 2 labels"));
  EXPECT_THAT(refusal([] { v_measure(std::vector<int>{-1}, std::vector<int>{0}); }),
              HasSubstr("nothing has both a cluster and a label"));
  EXPECT_THAT(refusal([] {
                SilhouetteSums(std::vector<int>{3, 3}).values();
              }),
              HasSubstr("1 cluster; they need two or more"));
  EXPECT_THAT(refusal([] { spread_of(MatrixF::Constant(1, 2, 0.4F)); }),
              HasSubstr("row 0 is no distribution"));
  EXPECT_THAT(refusal([] { spread_of(std::vector<int>{-1}); }), HasSubstr("nothing is in any"));
}

}  // namespace
}  // namespace neurox::testing
