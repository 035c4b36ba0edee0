#include "neurox/cluster/neighbours.h"

#include <gmock/gmock.h>

#include <cmath>

#include "neurox/core/random.h"
#include "support.h"

namespace neurox {
namespace {

MatrixF random_points(Index n, Index d, std::uint64_t seed) {
  Random random(seed);
  MatrixF out(n, d);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < d; ++j) out(i, j) = static_cast<float>(random.below(2001)) / 1000 - 1;
  return out;
}

MatrixF all_distances(const MatrixF& points) {
  MatrixF out(points.rows(), points.rows());
  for (Index i = 0; i < points.rows(); ++i)
    for (Index j = 0; j < points.rows(); ++j) out(i, j) = (points.row(i) - points.row(j)).norm();
  return out;
}

SquareMatrix square(MatrixF& d) {
  return {d.data(), d.rows()};
}

TEST(Neighbours, OnALineAreTheNextPointsWithTiesToTheLower) {
  MatrixF line(4, 1);
  line << 0, 1, 2, 4;
  const Neighbours found = nearest_points(line, 2);
  EXPECT_EQ(found.index, (std::vector<int>{1, 2, 0, 2, 1, 0, 2, 1}));
  EXPECT_EQ(found.distance, (std::vector<float>{1, 2, 1, 1, 1, 2, 2, 3}));
}

TEST(Neighbours, OfPointsAndOfTheirDistancesAreTheSame) {
  const MatrixF points = random_points(1100, 5, 1);  // more than one block
  MatrixF distances = all_distances(points);
  const Neighbours a = nearest_points(points, 7), b = nearest_by_distance(square(distances), 7);
  EXPECT_EQ(a.index, b.index);
  for (std::size_t i = 0; i < a.distance.size(); ++i) EXPECT_NEAR(a.distance[i], b.distance[i], 1e-5);
}

TEST(Neighbours, AreFewerThanTheThings) {
  const MatrixF points = random_points(5, 2, 2);
  EXPECT_THAT(testing::refusal([&] { nearest_points(points, 5); }),
              ::testing::HasSubstr("5 neighbours of 5 things: give 1 to 4"));
}

TEST(Trustworthiness, OfThePointsThemselvesIsOne) {
  const MatrixF points = random_points(60, 2, 3);
  EXPECT_EQ(trustworthiness(MatrixFRef(points), points, 5), 1);
}

TEST(Trustworthiness, CountsHowFarDownADrawnNeighbourStands) {
  // Truly 0 1 2 3 4 on a line; drawn, 0 and 4 have changed places: each of those has one false neighbour of
  // rank 4 (3 too far), as have 1 and 3, whose drawn neighbours 4 and 0 are third: 2 too far.
  MatrixF line(5, 1), drawing(5, 2);
  line << 0, 1, 2.1F, 3.3F, 4.6F;
  drawing << 4.6F, 0, 1, 0, 2.1F, 0, 3.3F, 0, 0, 0;
  // Drawn nearest: 0 -> 3 (true rank 3), 1 -> 4 (true rank 4), 2 -> 1 (rank 1), 3 -> 2 (1; 2.1 is nearer
  // than 4.6), 4 -> 1 (rank 3).
  const double expected = 1 - 2.0 / (5 * 1 * (10 - 3 - 1)) * (2 + 3 + 0 + 0 + 2);
  EXPECT_NEAR(trustworthiness(MatrixFRef(line), drawing, 1), expected, 1e-12);
}

TEST(Trustworthiness, OfPointsAndOfTheirDistancesIsTheSame) {
  const MatrixF points = random_points(80, 6, 4), drawing = random_points(80, 2, 5);
  MatrixF distances = all_distances(points);
  EXPECT_NEAR(trustworthiness(MatrixFRef(points), drawing, 6), trustworthiness(square(distances), drawing, 6),
              1e-9);
}

TEST(Trustworthiness, RefusesHalfTheThingsAsNeighboursAndAnotherNumberOfThings) {
  const MatrixF points = random_points(8, 2, 6), fewer = random_points(7, 2, 6);
  EXPECT_THAT(testing::refusal([&] { trustworthiness(MatrixFRef(points), points, 4); }),
              ::testing::HasSubstr("give less than half"));
  EXPECT_THAT(testing::refusal([&] { trustworthiness(MatrixFRef(points), fewer, 2); }),
              ::testing::HasSubstr("a drawing of 7 things beside 8"));
}

}  // namespace
}  // namespace neurox
