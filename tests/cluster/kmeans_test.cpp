#include "neurox/cluster/kmeans.h"

#include <gmock/gmock.h>

#include "cluster/noise.h"
#include "neurox/cluster/quality.h"
#include "support.h"

namespace neurox {
namespace {

using neurox::testing::noise;
using neurox::testing::refusal;
using ::testing::ElementsAre;

/// A source that must be read by bands.
class Streamed final : public RowSource {
 public:
  explicit Streamed(MatrixF X) : X_(std::move(X)) {}
  Index rows() const override { return X_.rows(); }
  Index cols() const override { return X_.cols(); }
  void read(Index first, MatrixFOut out) const override { out = X_.middleRows(first, out.rows()); }

 private:
  MatrixF X_;
};

KMeansOptions into(int clusters, int restarts = 1) {
  KMeansOptions options;
  options.clusters = clusters, options.restarts = restarts;
  return options;
}

TEST(KMeans, TwoPairsOfPointsHaveTheirMiddlesAsCentres) {
  // 0, 2 and 10, 11, 12: middles 1 and 11, squared distances 1 + 1 + 1 + 0 + 1. The larger cluster is 0.
  MatrixF X(5, 1);
  X << 0, 2, 10, 11, 12;
  const KMeans found = k_means(MatrixRows(X), into(2));
  EXPECT_THAT(found.cluster, ElementsAre(1, 1, 0, 0, 0));
  EXPECT_NEAR(found.centres(0, 0), 11, 1e-6);
  EXPECT_NEAR(found.centres(1, 0), 1, 1e-6);
  EXPECT_NEAR(found.inertia, 4, 1e-6);
  EXPECT_TRUE(found.converged);
}

TEST(KMeans, PlantedClustersAreFoundWithScikitLearnsInertia) {
  MatrixF X = noise(300, 4, 21);
  std::vector<int> planted;
  for (Index i = 0; i < 300; ++i)
    planted.push_back(static_cast<int>(i % 3)), X(i, 0) += 3.0F * static_cast<float>(i % 3);
  const KMeans three = k_means(MatrixRows(X), into(3));
  EXPECT_EQ(adjusted_rand(three.cluster, planted), 1);
  // sklearn.cluster.KMeans on the same numbers, the best of 20 and of 200 starts.
  EXPECT_NEAR(three.inertia, 400.2109618, 1e-3);
  EXPECT_LE(k_means(MatrixRows(X), into(8, 60)).inertia, 1.002 * 273.6121475);
}

TEST(KMeans, BandsSeedsAndShiftsDoNotMatter) {
  const MatrixF X = noise(3000, 5, 22);
  const KMeans a = k_means(MatrixRows(X), into(6)), b = k_means(Streamed(X), into(6));
  EXPECT_EQ(a.cluster, b.cluster);
  EXPECT_EQ(a.inertia, b.inertia);
  KMeansOptions other = into(6);
  other.seed = 5;
  EXPECT_NEAR(k_means(MatrixRows(X), other).inertia, a.inertia, 0.05 * a.inertia);
  // Every row is nearest to the centre it has.
  for (Index i = 0; i < 50; ++i) {
    Index nearest = 0;
    (a.centres.rowwise() - X.row(i).cast<double>()).rowwise().squaredNorm().minCoeff(&nearest);
    EXPECT_EQ(a.cluster[static_cast<std::size_t>(i)], nearest);
  }
}

TEST(KMeans, EqualRowsAreNoFewerClustersThanAsked) {
  const KMeans found = k_means(MatrixRows(MatrixF::Ones(6, 2)), into(2));
  EXPECT_NEAR(found.inertia, 0, 1e-12);
  EXPECT_EQ(found.cluster.size(), 6U);
}

TEST(KMeans, MoreClustersThanTokensAreRefused) {
  EXPECT_EQ(refusal([] { k_means(MatrixRows(noise(3, 2, 1)), into(4)); }),
            "k-means: 4 clusters of 3 tokens; give 3 or fewer (--clusters)");
  EXPECT_EQ(refusal([] { k_means(MatrixRows(noise(3, 2, 1)), into(0)); }),
            "k-means: 0 clusters; give one or more");
}

}  // namespace
}  // namespace neurox
