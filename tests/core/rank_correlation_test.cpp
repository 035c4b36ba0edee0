#include "neurox/core/rank_correlation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support.h"

namespace neurox {
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

/// By all pairs.
double tau_b_of_pairs(const Values& a, const Values& b) {
  double both = 0, only_a = 0, only_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const double x = a[i] > a[j] ? 1 : a[i] < a[j] ? -1 : 0, y = b[i] > b[j] ? 1 : b[i] < b[j] ? -1 : 0;
      both += x * y, only_a += x * x, only_b += y * y;
    }
  return both / std::sqrt(only_a * only_b);
}

TEST(Kendall, ByHandWithTies) {
  // Of 6 pairs one is tied on the left and one on the right; of the others 4 agree and none differs:
  // 4 / sqrt(5 5).
  EXPECT_DOUBLE_EQ(kendall_tau_b(Values{1, 2, 2, 9}, Values{1, 2, 3, 3}), 0.8);
  EXPECT_DOUBLE_EQ(kendall_tau_b(Values{1, 2, 3}, Values{3, 2, 1}), -1);
}
TEST(Kendall, AsScipyHasIt) {
  // scipy 1.17.1: stats.kendalltau, stats.spearmanr
  const Values a{12, 2, 1, 12, 2, 7, 7, 3}, b{1, 4, 7, 1, 0, 4, 4, 9};
  EXPECT_NEAR(kendall_tau_b(a, b), -0.3674234614174768, 1e-15);
  EXPECT_NEAR(spearman(a, b), -0.3875302769856304, 1e-15);
}
TEST(Kendall, CountsWhatAllPairsCount) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 50; ++round) {
    const std::size_t n = 2 + random() % 60, levels = 2 + random() % 9;
    Values a, b;
    for (std::size_t i = 0; i < n; ++i) {
      a.push_back(static_cast<double>(random() % levels));
      b.push_back(static_cast<double>(random() % (2 * levels)));
    }
    const double expected = tau_b_of_pairs(a, b);
    if (std::isnan(expected))
      EXPECT_TRUE(std::isnan(kendall_tau_b(a, b)));
    else
      EXPECT_NEAR(kendall_tau_b(a, b), expected, 1e-13);
    EXPECT_EQ(kendall_tau_b(a, b), kendall_tau_b(b, a));
  }
}
TEST(Kendall, InfiniteValuesOrderAndAConstantHasNone) {
  const double most = std::numeric_limits<double>::infinity();
  EXPECT_DOUBLE_EQ(kendall_tau_b(Values{-most, 0, most, -most}, Values{1, 2, 3, 1}), 1);
  EXPECT_TRUE(std::isnan(kendall_tau_b(Values{1, 1}, Values{1, 2})));
  EXPECT_TRUE(std::isnan(kendall_tau_b(Values{1}, Values{1})));
  EXPECT_EQ(refusal([] { (void)kendall_tau_b(Values{1, 2}, Values{1}); }), "agreement: 2 values against 1");
}

}  // namespace
}  // namespace neurox
