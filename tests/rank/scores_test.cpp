#include "neurox/rank/scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Scores, TiesAreRankedByIndex) {
  VectorD scores(4);
  scores << 1, 3, 1, 2;
  EXPECT_THAT(order_by_score(scores), ElementsAre(1, 3, 0, 2));
  EXPECT_THAT(ranks_of(scores), ElementsAre(3, 1, 4, 2));
  scores(2) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(refusal([&] { order_by_score(scores); }), HasSubstr("score of neuron 2 is NaN"));
}

TEST(Scores, AClassScoresByItsShareOfMassAndOverallByTheStep) {
  MatrixF W(1, 4);
  W << 4, -1, 5, 0;
  const RankTable table = rank_by_mass(W, 10);
  const auto column = [](const auto& m, Index c) {
    return std::vector<double>(m.col(c).begin(), m.col(c).end());
  };
  EXPECT_THAT(column(table.scores, 0), ElementsAre(0.4, 0.1, 0.5, 0));
  EXPECT_THAT(column(table.scores, 1), ElementsAre(5.0 / 11, 1.0 / 11, 1, 0));
  EXPECT_THAT(column(table.ranks.cast<double>().eval(), 0), ElementsAre(2, 3, 1, 4));
  EXPECT_THAT(column(table.ranks.cast<double>().eval(), 1), ElementsAre(2, 3, 1, 4));
}

TEST(Scores, RanksNeverContradictScores) {
  const RankTable table = rank_by_mass(MatrixF::Random(6, 50), 100);
  for (Index c = 0; c < table.scores.cols(); ++c)
    for (Index a = 0; a < 50; ++a)
      for (Index b = 0; b < 50; ++b)
        if (table.scores(a, c) > table.scores(b, c)) {
          EXPECT_LT(table.ranks(a, c), table.ranks(b, c));
        }
}

}  // namespace
}  // namespace neurox
