#include "neurox/cluster/latent_subclasses.h"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "cluster/noise.h"
#include "neurox/cluster/quality.h"
#include "support.h"

namespace neurox {
namespace {

using neurox::testing::noise;
using neurox::testing::refusal;

SubclassOptions subclasses(int count, int iterations = 300) {
  SubclassOptions options;
  options.subclasses = count, options.iterations = iterations;
  return options;
}

TEST(LatentSubclasses, WithoutStepsProbabilitiesAreThoseOfTheStart) {
  // All neurons are constant, so standardised activations are 0, and so are scores: each of two subclasses
  // and the negative class have exp(0) = 1, p(positive) = 2/3, q = 1/2 each.
  const std::vector<int> y{1, 1, 0};
  const LatentSubclasses found = latent_subclasses(MatrixRows(MatrixF::Ones(3, 2)), y, subclasses(2, 0));
  for (Index i = 0; i < 3; ++i) {
    EXPECT_NEAR(found.positive(i), 2.0 / 3, 1e-12);
    EXPECT_NEAR(found.probability(i, 0), 0.5, 1e-6);
  }
  // -(2 log 2/3 + log 1/3) / 3 and a little for the weights; no information: log 2 - log 2.
  EXPECT_NEAR(found.loss.back(), -(2 * std::log(2.0 / 3) + std::log(1.0 / 3)) / 3, 2e-3);
}

/// Three groups of positive rows and one of negative ones.
struct Planted {
  MatrixF X = noise(600, 6, 51);
  std::vector<int> y, group;
  Planted() {
    for (Index i = 0; i < 600; ++i) {
      const int g = static_cast<int>(i % 4);
      if (g < 3) X(i, g) += 4;
      y.push_back(g < 3 ? 1 : 0);
      group.push_back(g < 3 ? g : -1);
    }
  }
};

TEST(LatentSubclasses, PlantedSubclassesOfABinaryLabelAreFound) {
  const Planted planted;
  SubclassOptions options = subclasses(3);
  options.starts = 20;  // a third of them ends in the division that was planted
  const LatentSubclasses found = latent_subclasses(MatrixRows(planted.X), planted.y, options);
  EXPECT_GT(found.accuracy, 0.99);
  EXPECT_LT(found.loss.back(), found.loss.front());
  std::vector<int> cluster;
  for (Index i = 0; i < 600; ++i) {
    Index c = 0;
    found.probability.row(i).maxCoeff(&c);
    cluster.push_back(planted.y[static_cast<std::size_t>(i)] > 0 ? static_cast<int>(c) : -1);
    EXPECT_NEAR(found.probability.row(i).sum(), 1, 1e-5);
  }
  EXPECT_GT(adjusted_rand(cluster, planted.group), 0.95);
  const LatentSubclasses again = latent_subclasses(MatrixRows(planted.X), planted.y, options);
  EXPECT_EQ(found.W, again.W);
}

TEST(LatentSubclasses, TheProbabilitiesAreThoseOfTheWeights) {
  const Planted planted;
  const LatentSubclasses found = latent_subclasses(MatrixRows(planted.X), planted.y, subclasses(2, 20));
  const VectorD x = (planted.X.row(5).cast<double>().transpose() - found.mean).cwiseQuotient(found.scale);
  const VectorD e = (found.W * x + found.b).array().exp();
  EXPECT_NEAR(found.positive(5), e.sum() / (1 + e.sum()), 1e-5);
  EXPECT_NEAR(found.probability(5, 1), e(1) / e.sum(), 1e-5);
}

TEST(LatentSubclasses, LabelsWithoutTwoClassesAreRefused) {
  const MatrixRows X(noise(4, 2, 1));
  const std::vector<int> all{1, 1, 1, 1}, two{1, 0, 0, 1}, three{1, 0, 1};
  EXPECT_EQ(refusal([&] { latent_subclasses(X, all, subclasses(2)); }),
            "subclasses: 4 positive and 0 negative tokens; both are needed");
  EXPECT_EQ(refusal([&] { latent_subclasses(X, two, subclasses(3)); }),
            "subclasses: 3 of 2 positive tokens; give fewer (--clusters)");
  EXPECT_EQ(refusal([&] { latent_subclasses(X, two, subclasses(1)); }),
            "subclasses: 1 asked for; give 2 or more");
  EXPECT_EQ(refusal([&] { latent_subclasses(X, three, subclasses(2)); }),
            "subclasses: 3 labels but 4 tokens");
}

}  // namespace
}  // namespace neurox
