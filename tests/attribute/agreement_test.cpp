#include "neurox/attribute/agreement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support.h"

namespace neurox::attribute {
namespace {

using neurox::testing::refusal;
using Values = std::vector<double>;

TEST(Spearman, ByHandWithTies) {
  // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: 4.5 / sqrt(4.5 5), as scipy.stats.spearmanr has it.
  EXPECT_NEAR(spearman(Values{1, 2, 2, 9}, Values{1, 2, 3, 4}), 4.5 / std::sqrt(22.5), 1e-15);
  EXPECT_NEAR(spearman(Values{1, 2, 2, 9}, Values{1, 2, 3, 4}), 0.9486832980505138, 1e-15);
}
TEST(Spearman, SeesOnlyTheOrder) {
  const Values x{0.3, -2, 5, 1.5, 0.9};
  Values curved, turned;
  for (const double v : x) {
    curved.push_back(std::exp(v));
    turned.push_back(-v * v * v);
  }
  EXPECT_DOUBLE_EQ(spearman(x, curved), 1);
  EXPECT_DOUBLE_EQ(spearman(x, turned), -1);
}
TEST(Spearman, OfAConstantThereIsNone) {
  EXPECT_TRUE(std::isnan(spearman(Values{1, 1, 1}, Values{1, 2, 3})));
  EXPECT_TRUE(std::isnan(spearman(Values{1}, Values{1})));
  EXPECT_EQ(refusal([] { (void)spearman(Values{1, 2}, Values{1}); }), "agreement: 2 values against 1");
}
TEST(TopOverlap, ByHand) {
  const Values a{5, 4, 3, 2, 1}, b{5, 1, 4, 2, 3};
  EXPECT_DOUBLE_EQ(top_overlap(a, b, 1), 1);
  EXPECT_DOUBLE_EQ(top_overlap(a, b, 2), 0.5);
  EXPECT_DOUBLE_EQ(top_overlap(a, b, 5), 1);
  EXPECT_DOUBLE_EQ(top_overlap(Values{1, 1, 1}, Values{3, 2, 1}, 2), 1) << "ties by number";
  EXPECT_EQ(refusal([&] { (void)top_overlap(a, b, 6); }), "agreement: the top 6 of 5 values");
}

}  // namespace
}  // namespace neurox::attribute
