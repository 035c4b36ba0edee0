#include "neurox/core/column_stats.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

MatrixF values(Index rows, Index columns) {
  std::mt19937 draw(3);
  std::normal_distribution<float> normal(1000.0F,
                                         1.0F);  // a mean far from zero, where naive sums of squares fail
  MatrixF X(rows, columns);
  for (Index i = 0; i < X.size(); ++i) X.data()[i] = normal(draw);
  return X;
}

TEST(ColumnStats, OneColumnByHand) {
  ColumnStatsOptions options;
  options.small = 0.5F;
  options.saturated_low = {-2.0F};
  options.saturated_high = {4.0F};
  ColumnStats stats(1, options);
  stats.add(MatrixF{{0}, {4}});
  stats.add(MatrixF{{-2}, {0.25F}, {1.75F}});
  EXPECT_EQ(stats.count(), 5);
  EXPECT_DOUBLE_EQ(stats.mean()[0], 0.8);
  // squares 0 + 16 + 4 + 0.0625 + 3.0625 = 23.125; / 5 - 0.64
  EXPECT_DOUBLE_EQ(stats.variance()[0], 3.985);
  EXPECT_EQ(stats.min()[0], -2);
  EXPECT_EQ(stats.max()[0], 4);
  EXPECT_DOUBLE_EQ(stats.zero()[0], 0.2);
  EXPECT_DOUBLE_EQ(stats.nonpositive()[0], 0.4);
  EXPECT_DOUBLE_EQ(stats.small()[0], 0.4);
  EXPECT_DOUBLE_EQ(stats.saturated()[0], 0.4);
}

TEST(ColumnStats, EqualsTwoPassesInDouble) {
  const MatrixF X = values(3000, 301);
  ColumnStats stats(301);
  for (Index first = 0; first < 3000; first += 1024)
    stats.add(X.middleRows(first, std::min<Index>(1024, 3000 - first)));
  const MatrixD D = X.cast<double>();
  for (Index j = 0; j < 301; ++j) {
    const double mean = D.col(j).mean();
    EXPECT_NEAR(stats.mean()[j], mean, 1e-10);
    EXPECT_NEAR(stats.variance()[j], (D.col(j).array() - mean).square().mean(), 1e-10);
  }
}

TEST(ColumnStats, GoesOnFromItsStateBitForBit) {
  const MatrixF X = values(3000, 301);
  ColumnStats whole(301), first(301), second(301);
  whole.add(X.topRows(1024));
  whole.add(X.bottomRows(1976));
  first.add(X.topRows(1024));
  second.set_state(first.state());
  second.add(X.bottomRows(1976));
  EXPECT_EQ(second.state(), whole.state());
}

TEST(ColumnStats, SkippedRowsDoNotCount) {
  const MatrixF X = values(4, 3);
  ColumnStats all(3), some(3);
  some.add(X, std::vector<std::uint8_t>{0, 1, 0, 1});
  MatrixF kept(2, 3);
  kept << X.row(0), X.row(2);
  all.add(kept);
  EXPECT_EQ(some.state(), all.state());
}

TEST(ColumnStats, NothingAddedIsNotANumber) {
  const ColumnStats stats(2);
  EXPECT_TRUE(std::isnan(stats.mean()[0]));
  EXPECT_TRUE(std::isnan(stats.variance()[1]));
  EXPECT_TRUE(std::isnan(stats.max()[1]));
}

TEST(ColumnStats, SizesThatDoNotFitAreRefused) {
  ColumnStats stats(2);
  EXPECT_THAT(refusal([&] { stats.add(MatrixF::Zero(1, 3)); }), HasSubstr("3 columns, not 2"));
  EXPECT_THAT(refusal([&] { stats.set_state(std::vector<double>(5)); }),
              HasSubstr("5 numbers for 2 columns"));
}

}  // namespace
}  // namespace neurox
