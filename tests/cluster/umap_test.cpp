#include "neurox/cluster/umap.h"

#include <gmock/gmock.h>

#include "neurox/core/random.h"
#include "support.h"

namespace neurox {
namespace {

/// Three clouds of 50 points in ten dimensions, far from each other.
MatrixF clouds() {
  Random random(7);
  MatrixF out(150, 10);
  for (Index i = 0; i < out.rows(); ++i)
    for (Index j = 0; j < out.cols(); ++j)
      out(i, j) = static_cast<float>(random.below(2001)) / 1000 - 1 + (j == i / 50 ? 12.0F : 0.0F);
  return out;
}

MatrixF drawn(const MatrixF& points, std::uint64_t seed) {
  UmapOptions options;
  options.seed = seed;
  return umap(nearest_points(points, 10), options);
}

TEST(Umap, KeepsCloudsThatAreApartApart) {
  if (!has_umap()) GTEST_SKIP() << "built without umappp (docs/install.md)";
  const MatrixF points = clouds(), places = drawn(points, 0);
  ASSERT_EQ(places.rows(), 150);
  ASSERT_EQ(places.cols(), 2);
  const Neighbours near = nearest_points(places, 5);
  for (Index i = 0; i < 150; ++i)
    for (Index j = 0; j < 5; ++j)
      EXPECT_EQ(near.index[static_cast<std::size_t>(i * 5 + j)] / 50, static_cast<int>(i / 50)) << i;
  // A drawing by chance has about a half.
  EXPECT_GT(trustworthiness(MatrixFRef(points), places, 10), 0.9);
}

TEST(Umap, IsTheSameForTheSameSeedAndNotForAnother) {
  if (!has_umap()) GTEST_SKIP() << "built without umappp (docs/install.md)";
  const MatrixF points = clouds();
  EXPECT_EQ(drawn(points, 1), drawn(points, 1));
  EXPECT_NE(drawn(points, 1), drawn(points, 2));
}

TEST(Umap, NeedsThreeThings) {
  const MatrixF two = MatrixF::Identity(2, 2);
  EXPECT_THAT(
      testing::refusal([&] { umap(nearest_points(two, 1), {}); }),
      ::testing::HasSubstr(has_umap() ? "a map of 2 things; it needs 3 or more" : "built without umappp"));
}

}  // namespace
}  // namespace neurox
