#include "neurox/extract/saturation.h"

#include <gtest/gtest.h>

#include <cmath>

namespace neurox::extract {
namespace {

/// Slope by central differences in double: the second route to the limits in the table.
double slope(double (*f)(double), double x) {
  return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5;
}
double gelu(double x) {
  return x * 0.5 * std::erfc(-x / std::sqrt(2.0));
}
double silu(double x) {
  return x / (1 + std::exp(-x));
}
double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

void expect_limit(double (*f)(double), double limit) {
  // Just outside the slope is below 0.01 in size, a little inside it is above.
  const double outside = limit < 0 ? limit - 0.02 : limit + 0.02,
               inside = limit < 0 ? limit + 0.03 : limit - 0.03;
  EXPECT_LT(std::abs(slope(f, outside)), 0.01);
  EXPECT_GT(std::abs(slope(f, inside)), 0.0099);
}

TEST(Saturation, LimitsLieWhereTheSlopeFallsBelowAHundredth) {
  expect_limit(gelu, saturation_limits("gelu").low);
  expect_limit(silu, saturation_limits("silu").low);
  expect_limit(std::tanh, saturation_limits("tanh").low);
  expect_limit(std::tanh, saturation_limits("tanh").high);
  expect_limit(sigmoid, saturation_limits("sigmoid").low);
  expect_limit(sigmoid, saturation_limits("sigmoid").high);
}
TEST(Saturation, ApproximationsShareTheLimitsAndUnknownOnesHaveNone) {
  EXPECT_EQ(saturation_limits("gelu_new").low, saturation_limits("gelu").low);
  EXPECT_TRUE(std::isinf(saturation_limits("identity").low));
}
TEST(Saturation, OnlyTheInputOfTheNonLinearityIsJudged) {
  const std::vector<SiteColumns> sites{{"blocks.0.mlp.hook_pre", 0, 2}, {"blocks.0.hook_resid_post", 0, 1}};
  const ColumnStatsOptions options = saturation_of_columns(sites, "relu");
  EXPECT_EQ(options.saturated_low[0], 0.0F);
  EXPECT_TRUE(std::isinf(options.saturated_low[2]));
  EXPECT_EQ(options.saturated_low.size(), 3U);
}

}  // namespace
}  // namespace neurox::extract
