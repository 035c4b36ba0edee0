#include "neurox/rank/correlated_groups.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;

/// Waves of different lengths over 3,000 rows, nearly without correlation.
double wave(Index row, int which) {
  return std::sin(0.37 * static_cast<double>(row) * (1 + which)) * 3 + which;
}

TEST(CorrelatedGroups, CopiesTurnsAndChainsOfColumnsAreOneGroup) {
  Progress none;
  MatrixF X(3000, 6);
  for (Index r = 0; r < X.rows(); ++r) {
    const double a = wave(r, 0), b = wave(r, 1), c = wave(r, 2);
    X(r, 0) = static_cast<float>(a);
    X(r, 1) = static_cast<float>(b);
    X(r, 2) = static_cast<float>(-5 * a + 100);  // turned round
    X(r, 3) = 7;                                 // constant
    X(r, 4) = static_cast<float>(b + c);         // r about 0.71 with 1 and with 5
    X(r, 5) = static_cast<float>(c);
  }
  const MatrixRows source(X);
  EXPECT_THAT(correlated_groups(source, 0.9, none), ElementsAre(0, 1, 0, 2, 3, 4));
  EXPECT_THAT(correlated_groups(source, 0.6, none), ElementsAre(0, 1, 0, 2, 1, 1)) << "linked through 4";
  EXPECT_THAT(correlated_groups(source, 1, none), ElementsAre(0, 1, 0, 2, 3, 4)) << "up to rounding";
  EXPECT_EQ(refusal([&] { correlated_groups(source, 1.5, none); }),
            "a correlation of 1.5 is not between 0 and 1");
}

TEST(CorrelatedGroups, AGroupStandsWhereItsBestMemberDoes) {
  const std::vector<Index> group_of{0, 1, 0, 2, 1};
  EXPECT_THAT(order_of_groups({4, 0, 3, 2, 1}, group_of), ElementsAre(1, 0, 2));
  EXPECT_THAT(best_of_groups(std::vector<double>{1, 2, 5, 0, 4}, group_of), ElementsAre(5, 4, 0));
}

TEST(CorrelatedGroups, TheBestMemberOfEachColumnStandsForItsGroup) {
  NeuronScores scores;
  scores.scores = MatrixD(4, 2);
  scores.scores << 3, 1, 5, 1, 4, 2, 1, 7;
  scores.order = {1, 0, 3, 2};
  const std::vector<Index> group_of{0, 0, 1, 1};
  stand_for_members(scores, group_of);
  MatrixD expected(4, 2);
  expected << 0, 1, 5, 0, 4, 0, 0, 7;  // a tie goes to the lower index
  EXPECT_EQ(scores.scores, expected);
  EXPECT_THAT(scores.order, ElementsAre(1, 3, 0, 2)) << "one of each group first";
  ASSERT_EQ(scores.layers.size(), 1U);
  EXPECT_EQ(scores.layers[0].first, "own_score");
  EXPECT_EQ(scores.layers[0].second(0, 0), 3);
  EXPECT_EQ(refusal([&] { stand_for_members(scores, std::vector<Index>{0}); }),
            "groups of 1 neurons but scores of 4");
}

TEST(CorrelatedGroups, EachByItselfChangesNothing) {
  NeuronScores scores;
  scores.scores = MatrixD::Random(5, 3).cwiseAbs();
  const MatrixD before = scores.scores;
  stand_for_members(scores, std::vector<Index>{0, 1, 2, 3, 4});
  EXPECT_EQ(scores.scores, before);
}

}  // namespace
}  // namespace neurox
