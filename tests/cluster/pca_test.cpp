#include "neurox/cluster/pca.h"

#include <gmock/gmock.h>

#include <cmath>

#include "cluster/noise.h"
#include "support.h"

namespace neurox {
namespace {

using neurox::testing::noise;
using neurox::testing::refusal;

DirectionOptions components(int count) {
  DirectionOptions options;
  options.count = count;
  return options;
}

TEST(Pca, PointsOnALineHaveOneComponent) {
  // (0, 0), (3, 4), (6, 8): along (0.6, 0.8) at -5, 0, 5; variance 25.
  MatrixF X(3, 2);
  X << 0, 0, 3, 4, 6, 8;
  const Pca found = pca(MatrixRows(X), components(2));
  EXPECT_NEAR(found.components(0, 0), 0.6, 1e-12);
  EXPECT_NEAR(found.components(0, 1), 0.8, 1e-12);
  EXPECT_NEAR(found.scores(0, 0), -5, 1e-12);
  EXPECT_NEAR(found.scores(2, 0), 5, 1e-12);
  EXPECT_NEAR(found.variance(0), 25, 1e-12);
  EXPECT_NEAR(found.share(0), 1, 1e-12);
  EXPECT_NEAR(found.variance(1), 0, 1e-12);
}

TEST(Pca, EqualsScikitLearn) {
  // sklearn.decomposition.PCA(3) on the same numbers.
  MatrixF X = noise(40, 6, 11);
  X.col(1) += 2 * X.col(0);
  const Pca found = pca(MatrixRows(X), components(3));
  const double variance[] = {2.18446654, 0.41992981, 0.3657679},
               share[] = {0.61792161, 0.11878585, 0.10346503};
  const double first[] = {0.36410012, 0.91198536, 0.09884034, 0.1130582, 0.08511551, -0.07692588};
  const double scores[] = {-2.34924794, 1.17577903, -0.67955883};
  for (Index c = 0; c < 3; ++c) {
    EXPECT_NEAR(found.variance(c), variance[c], 1e-6);
    EXPECT_NEAR(found.share(c), share[c], 1e-6);
    EXPECT_NEAR(std::abs(found.scores(0, c)), std::abs(scores[c]), 1e-6);
  }
  for (Index j = 0; j < 6; ++j) EXPECT_NEAR(found.components(0, j), first[j], 1e-6);
}

TEST(Pca, AllComponentsRestoreTheActivationsAndTheirVariance) {
  const MatrixF X = noise(50, 8, 2);
  const Pca found = pca(MatrixRows(X), components(8));
  const MatrixD back = (found.scores * found.components).rowwise() + found.mean.transpose();
  EXPECT_LT((back - X.cast<double>()).cwiseAbs().maxCoeff(), 1e-12);
  EXPECT_NEAR(found.share.sum(), 1, 1e-12);
  EXPECT_LT((found.components * found.components.transpose() - MatrixD::Identity(8, 8)).norm(), 1e-12);
}

TEST(Pca, ManyNeuronsByIterationGiveWhatFewGiveByEigenvectors) {
  // 1100 columns, of which the last 1060 are 0: the same components as of the first 40.
  const MatrixF small = noise(90, 40, 3) * VectorF::LinSpaced(40, 3, 1).asDiagonal();
  MatrixF large = MatrixF::Zero(90, 1100);
  large.leftCols(40) = small;
  for (const std::int64_t memory : {std::int64_t{1} << 30, std::int64_t{1} << 10}) {
    DirectionOptions options = components(4);
    options.memory_bytes = memory;
    const Pca a = pca(MatrixRows(small), components(4)), b = pca(MatrixRows(large), options);
    EXPECT_TRUE(b.exact);
    EXPECT_LT((a.variance - b.variance).norm(), 1e-6 * a.variance(0));
    EXPECT_LT((a.components - b.components.leftCols(40)).norm(), 1e-4);
  }
}

TEST(Pca, TooFewTokensAndConstantNeuronsAreRefused) {
  EXPECT_EQ(refusal([] { pca(MatrixRows(noise(3, 9, 1)), components(4)); }),
            "4 components of 3 tokens x 9 neurons; give 1 to 3 (--count)");
  EXPECT_EQ(refusal([] { pca(MatrixRows(noise(1, 9, 1)), components(1)); }),
            "pca: 1 tokens; give two or more");
  EXPECT_EQ(refusal([] { pca(MatrixRows(MatrixF::Ones(9, 3)), components(1)); }),
            "pca: all 3 neurons are constant over 9 tokens");
}

}  // namespace
}  // namespace neurox
