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

}  // namespace
}  // namespace neurox
