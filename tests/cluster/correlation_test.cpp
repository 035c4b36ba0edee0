#include "neurox/cluster/correlation.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "neurox/cluster/neuron_clusters.h"
#include "neurox/core/random.h"
#include "neurox/core/rank_correlation.h"
#include "support.h"

namespace neurox::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

MatrixF random_values(Index rows, Index columns, std::uint64_t seed) {
  Random random(seed);
  MatrixF X(rows, columns);
  for (float& x : X.reshaped()) x = static_cast<float>(random.below(1000)) / 100 - 5;
  for (Index j = 1; j < columns; ++j) X.col(j) += 0.4F * X.col(j - 1);
  return X;
}

MatrixF distances_of(const MatrixF& X, const CorrelationOptions& options = {}) {
  Progress silent;
  const MatrixRows rows(X);
  const VaryingColumns columns = varying_columns(rows, silent);
  const auto n = static_cast<Index>(columns.varying.size());
  MatrixF D(n, n);
  correlation_distances(rows, columns, options, {D.data(), n});
  return D;
}

double pearson(const VectorD& a, const VectorD& b) {
  const VectorD x = a.array() - a.mean(), y = b.array() - b.mean();
  return x.dot(y) / std::sqrt(x.squaredNorm() * y.squaredNorm());
}

TEST(Correlation, DistancesAreOneLessPearsonsCorrelation) {
  const MatrixF X = random_values(2500, 40, 3), D = distances_of(X);
  CorrelationOptions with_sign;
  with_sign.absolute = false;
  const MatrixF signed_D = distances_of(X, with_sign);
  for (Index i = 0; i < 40; ++i)
    for (Index j = 0; j < 40; ++j) {
      const double r = i == j ? 1 : pearson(X.col(i).cast<double>(), X.col(j).cast<double>());
      ASSERT_NEAR(D(i, j), 1 - std::abs(r), 1e-6);
      ASSERT_NEAR(signed_D(i, j), 1 - r, 1e-6);
    }
}
TEST(Correlation, IsTheSameHoweverFewRowsOfTheMatrixAreMadeAtATime) {
  const MatrixF X = random_values(1500, 130, 4);
  CorrelationOptions few;
  few.panel_bytes = 7 * 130 * 4;
  EXPECT_LE((distances_of(X) - distances_of(X, few)).cwiseAbs().maxCoeff(), 1e-6F);
}
TEST(Correlation, IsBlindToShiftAndScale) {
  MatrixF X = random_values(800, 12, 5);
  const MatrixF before = distances_of(X);
  for (Index j = 0; j < 12; ++j) X.col(j) = X.col(j) * (j % 2 == 0 ? -3.0F : 0.01F);
  EXPECT_LE((distances_of(X) - before).cwiseAbs().maxCoeff(), 1e-6F);
  X.col(3).array() += 100.0F;
  EXPECT_LE((distances_of(X) - before).cwiseAbs().maxCoeff(), 1e-3F) << "the values lost digits themselves";
}
TEST(Correlation, ConstantColumnsAreKeptApart) {
  MatrixF X = random_values(50, 4, 6);
  X.col(1).setConstant(0.1F);
  Progress silent;
  const VaryingColumns found = varying_columns(MatrixRows(X), silent);
  EXPECT_THAT(found.varying, ElementsAre(0, 2, 3));
  EXPECT_THAT(found.constant, ElementsAre(1));
}
TEST(Correlation, OfRanksIsSpearmans) {
  MatrixF X = random_values(300, 3, 7);
  X = X.array().round();  // ties
  MatrixF ranks = X;
  for (Index j = 0; j < 3; ++j) {
    const VectorF values = X.col(j);
    VectorF out(300);
    rank_values({values.data(), 300}, {out.data(), 300});
    ranks.col(j) = out;
  }
  const MatrixF D = distances_of(ranks);
  const VectorD a = X.col(0).cast<double>(), b = X.col(2).cast<double>();
  EXPECT_NEAR(D(0, 2), 1 - std::abs(spearman({a.data(), 300}, {b.data(), 300})), 1e-6);
}
TEST(Correlation, TiesShareTheMeanOfTheirRanks) {
  const std::vector<float> values{5, 1, 5, 3};
  std::vector<float> ranks(4);
  rank_values(values, ranks);
  EXPECT_THAT(ranks, ElementsAre(3.5F, 1.0F, 3.5F, 2.0F));
}
TEST(Correlation, APackedMatrixGivesItsRowsBack) {
  MatrixF D = distances_of(random_values(100, 700, 8));
  const PackedMatrix packed({D.data(), 700}, plain_scratch());
  EXPECT_EQ(packed.at(5, 9), D(5, 9));
  EXPECT_EQ(packed.at(9, 9), 0);
  Index rows = 0;
  packed.for_each_row([&](Index i, std::span<const float> row) {
    ASSERT_EQ(i, rows++);
    for (Index j = 0; j < 700; ++j) ASSERT_EQ(row[static_cast<std::size_t>(j)], D(i, j)) << i << " " << j;
  });
  EXPECT_EQ(rows, 700);
}
TEST(Correlation, OneTokenIsRefused) {
  Progress silent;
  EXPECT_THAT(refusal([&] { varying_columns(MatrixRows(MatrixF::Zero(1, 3)), silent); }),
              HasSubstr("correlations need 2 tokens or more, here is 1"));
}

/// Neurons 0 and 2 say the same but for sign, 3 nearly; 1 and 5 something else; 4 is constant.
MatrixF small_groups() {
  MatrixF X = random_values(400, 6, 9);
  X.col(2) = -2 * X.col(0);
  X.col(3) = X.col(0) + 0.2F * X.col(3);
  X.col(5) = X.col(1).array() * 1.0F + 1.0F;
  X.col(4).setConstant(2);
  X.col(1) = random_values(400, 1, 11).col(0);
  X.col(5) = X.col(1) + 0.3F * random_values(400, 1, 12).col(0);
  return X;
}

TEST(NeuronClusters, GroupsWhatSaysTheSameAndNamesTheMiddleOne) {
  NeuronClusteringOptions options;
  options.cuts = {{Cut::By::Threshold, 0.5}, {Cut::By::Count, 1}};
  const NeuronClustering found = cluster_neurons(MatrixRows(small_groups()), options);
  EXPECT_THAT(found.cuts[0].cluster, ElementsAre(0, 1, 0, 0, -1, 1));
  // 0 and 2 are equally near to the others (and each other's equal): the lower is named.
  EXPECT_THAT(found.cuts[0].representative, ElementsAre(true, true, false, false, false, false));
  EXPECT_THAT(found.cuts[1].cluster, ElementsAre(0, 0, 0, 0, -1, 0));
  EXPECT_THAT(found.constant, ElementsAre(4));
  EXPECT_THAT(found.leaves, ElementsAre(0, 1, 2, 3, 5));
  EXPECT_NEAR(found.cuts[0].mean_correlation[1], found.cuts[0].mean_correlation[5], 1e-6);
  EXPECT_GT((*found.cuts[0].silhouette)[0], 0.8);
  EXPECT_FALSE(found.cuts[1].silhouette);
  EXPECT_EQ(found.cuts[0].cut.name(), "t0.5");
}
TEST(NeuronClusters, WithSignOppositesAreApart) {
  NeuronClusteringOptions options;
  options.absolute = false;
  options.cuts = {{Cut::By::Threshold, 0.5}};
  const NeuronClustering found = cluster_neurons(MatrixRows(small_groups()), options);
  EXPECT_THAT(found.cuts[0].cluster, ElementsAre(0, 1, 2, 0, -1, 1));
}
TEST(NeuronClusters, ALoneNeuronIsItsOwnRepresentative) {
  NeuronClusteringOptions options;
  options.cuts = {{Cut::By::Threshold, 0.0}};
  const NeuronClustering found = cluster_neurons(MatrixRows(random_values(100, 5, 13)), options);
  EXPECT_THAT(found.cuts[0].representative, ElementsAre(true, true, true, true, true));
  EXPECT_THAT(found.cuts[0].mean_correlation, ElementsAre(1, 1, 1, 1, 1));
}
TEST(NeuronClusters, NeuronsThatAreAllConstantAreRefused) {
  EXPECT_THAT(refusal([] { cluster_neurons(MatrixRows(MatrixF::Ones(5, 3)), {}); }),
              HasSubstr("all 3 neurons are constant"));
}

}  // namespace
}  // namespace neurox::testing
