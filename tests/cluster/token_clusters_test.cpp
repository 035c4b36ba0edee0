#include <gmock/gmock.h>

#include <vector>

#include "cluster/noise.h"
#include "neurox/cluster/cluster_examples.h"
#include "neurox/cluster/label_alignment.h"
#include "neurox/cluster/token_distances.h"
#include "support.h"

namespace neurox {
namespace {

using neurox::testing::noise;
using neurox::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TokenDistances, AThreeFourFiveTriangle) {
  MatrixF X(3, 2);
  X << 100, 100, 103, 104, 100, 104;
  std::vector<float> D(9, -1);
  Progress silent;
  euclidean_distances(MatrixRows(X), {D.data(), 3}, silent);
  EXPECT_THAT(D, ::testing::Pointwise(::testing::FloatNear(1e-5F), {0, 5, 4, 5, 0, 3, 4, 3, 0}));
}

TEST(TokenDistances, WardOnThemIsScipys) {
  // scipy.cluster.hierarchy.linkage(X, "ward") on the same numbers.
  MatrixF X = noise(300, 4, 21);
  for (Index i = 0; i < 300; ++i) X(i, 0) += 3.0F * static_cast<float>(i % 3);
  std::vector<float> D(60 * 60);
  Progress silent;
  euclidean_distances(MatrixRows(X.topRows(60)), {D.data(), 60}, silent);
  const Dendrogram found = link_things({D.data(), 60}, Linkage::Ward, silent);
  ASSERT_EQ(found.size(), 59U);
  const double last[] = {3.88862466, 13.50103363, 23.45594135};
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found[56 + i].height, last[i], 1e-4);
  EXPECT_NEAR(found[0].height, 0.27624159, 1e-4);
}

TEST(ClusterExamples, RowsNearestToTheMeanComeFromDifferentSentences) {
  // Cluster 0 has 0, 2, 4, 10 with mean 4; cluster 1 has 7; the last row has none.
  MatrixF X(6, 1);
  X << 0, 2, 4, 10, 7, 100;
  const std::vector<int> clusters{0, 0, 0, 0, 1, -1}, types{5, 3, 3, 4, 4, 3};
  const std::vector<std::int32_t> sentences{0, 1, 1, 2, 2, 3};
  const MatrixRows rows(X);
  const MatrixD centres = cluster_centres(rows, clusters, 2);
  EXPECT_EQ(centres(0, 0), 4);
  EXPECT_EQ(centres(1, 0), 7);
  const auto central = central_rows(rows, clusters, centres, sentences, 2);
  EXPECT_THAT(central[0], ElementsAre(2, 0));
  EXPECT_THAT(central[1], ElementsAre(4));
  const auto common = common_types(clusters, types, 2, 2);
  ASSERT_EQ(common[0].size(), 2U);
  EXPECT_EQ(common[0][0].type, 3);
  EXPECT_EQ(common[0][0].count, 2);
  EXPECT_EQ(common[0][1].type, 4);
}

TEST(LabelAlignment, ClustersWithNineTenthsOfOneLabelAreAligned) {
  // Cluster 0: ten things, nine of label 2. Cluster 1: labels 0 and 1 once each. Cluster 2: without labels.
  std::vector<int> clusters(10, 0), labels{2, 2, 2, 2, 2, 2, 2, 2, 2, 0};
  for (const auto& [c, l] : {std::pair{1, 1}, {1, 0}, {2, -1}, {-1, 1}})
    clusters.push_back(c), labels.push_back(l);
  const LabelAlignment found = align_with_labels(clusters, labels, 0.9);
  ASSERT_EQ(found.clusters.size(), 3U);
  EXPECT_EQ(found.clusters[0].label, 2);
  EXPECT_DOUBLE_EQ(found.clusters[0].share, 0.9);
  EXPECT_TRUE(found.clusters[0].aligned);
  EXPECT_EQ(found.clusters[1].label, 0);
  EXPECT_FALSE(found.clusters[1].aligned);
  EXPECT_EQ(found.clusters[2].label, -1);
  EXPECT_DOUBLE_EQ(found.aligned_clusters, 1.0 / 3);
  EXPECT_DOUBLE_EQ(found.covered_labels, 1.0 / 3);
  EXPECT_DOUBLE_EQ(found.explained_things, 9.0 / 12);
  EXPECT_DOUBLE_EQ(align_with_labels(clusters, labels, 0.91).explained_things, 0);
}

TEST(LabelAlignment, WhatCannotBeAlignedIsRefused) {
  const std::vector<int> one{0}, none{-1}, two{0, 1};
  EXPECT_EQ(refusal([&] { align_with_labels(one, one, 0); }),
            "alignment: a threshold of 0 is not between 0 and 1");
  EXPECT_EQ(refusal([&] { align_with_labels(one, two, 1); }), "alignment: 1 clusters but 2 labels");
  EXPECT_THAT(refusal([&] { align_with_labels(one, none, 1); }), HasSubstr("no token has both"));
}

}  // namespace
}  // namespace neurox
