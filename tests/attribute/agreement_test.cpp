#include "neurox/attribute/agreement.h"

#include <gtest/gtest.h>

#include <vector>

#include "support.h"

namespace neurox::attribute {
namespace {

using neurox::testing::refusal;
using Values = std::vector<double>;

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
