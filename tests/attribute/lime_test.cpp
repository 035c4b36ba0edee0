#include "neurox/attribute/lime.h"

#include <gtest/gtest.h>

#include <cmath>

#include "games.h"

namespace neurox::attribute {
namespace {

using namespace neurox::testing;
using std::vector;

double alike(const Coalition&) {
  return 1;
}

TEST(Lime, AnAdditiveGameIsItsOwnModel) {
  Game game = game_of(4, [](const Coalition& s) { return 2 + 3 * s[0] - 1.5 * s[1] + 7 * s[3]; });
  for (const auto penalty : {LimeOptions::Penalty::Lasso, LimeOptions::Penalty::Ridge}) {
    const LimeFit fit = lime(game, {.penalty = penalty, .alpha = 0});
    EXPECT_LT(largest_difference(fit.coefficients, {3, -1.5, 0, 7}), 1e-8);
    EXPECT_NEAR(fit.intercept, 2, 1e-8);
    EXPECT_NEAR(fit.r2, 1, 1e-12);
  }
}

TEST(Lime, TheLassoTakesFourAlphaFromEveryBalancedCoefficient) {
  // All 8 coalitions weigh alike: variances are 1/4 and covariances 0, so b = slope - 4 alpha. The slopes are
  // [77.5, 197.5, 117.5]; Captum's test, 500 draws and alpha 1, has [73.3716, 193.3349, 113.3349].
  Game game = captum_game({20, 50, 30});
  const LimeFit fit = lime(game, {.alpha = 1, .similarity = alike});
  EXPECT_LT(largest_difference(fit.coefficients, {73.5, 193.5, 113.5}), 1e-8);
  EXPECT_LT(largest_difference(fit.coefficients, {73.3716, 193.3349, 113.3349}), 0.2);
  // The Ridge divides: b = slope / 4 / (1/4 + alpha).
  const LimeFit ridge =
      lime(game, {.penalty = LimeOptions::Penalty::Ridge, .alpha = 0.75, .similarity = alike});
  EXPECT_LT(largest_difference(ridge.coefficients, {77.5 / 4, 197.5 / 4, 117.5 / 4}), 1e-9);
}

TEST(Lime, TheCosineKernelOfAllCoalitions) {
  // Weights exp(-(1 - sqrt(k / 3))^2 / 2), solved once in numpy.
  Game game = captum_game({20, 50, 30});
  const LimeFit fit = lime(game, {.alpha = 0});
  EXPECT_LT(largest_difference(fit.coefficients, {78.05439619, 198.05439619, 118.05439619}), 1e-6);
  EXPECT_NEAR(fit.intercept, -4.0659599, 1e-6);
}

TEST(Lime, TheLassoMeetsItsConditions) {
  int zeros = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    constexpr std::size_t n = 7;
    const vector<double> table = random_table(n, seed);
    Game game = table_game(n, table);
    const double alpha = 0.02;
    const LimeFit fit = lime(game, {.alpha = alpha, .similarity = alike});
    for (std::size_t i = 0; i < n; ++i) {
      // The correlation with what is left is alpha where the coefficient is not 0, and at most alpha
      // elsewhere.
      double correlation = 0;
      for (std::size_t s = 0; s < table.size(); ++s) {
        double left = table[s] - fit.intercept;
        for (std::size_t j = 0; j < n; ++j) left -= (s >> j & 1U) != 0 ? fit.coefficients[j] : 0;
        correlation += (s >> i & 1U) != 0 ? left / static_cast<double>(table.size()) : 0;
      }
      if (fit.coefficients[i] == 0) {
        ++zeros;
        EXPECT_LE(std::abs(correlation), alpha + 1e-9);
      } else {
        EXPECT_NEAR(correlation, std::copysign(alpha, fit.coefficients[i]), 1e-9);
      }
    }
  }
  EXPECT_GT(zeros, 0);
  EXPECT_LT(zeros, 10 * 7);
}

TEST(Lime, DrawsAreTheSameFromTheSameSeed) {
  Game game = game_of(20, [](const Coalition& s) { return s[0] && s[1] ? 4.0 : s[7] ? 1.0 : 0.0; });
  const LimeOptions options{.samples = 400, .seed = 9};
  const LimeFit fit = lime(game, options);
  EXPECT_EQ(fit.coefficients, lime(game, options).coefficients);
  EXPECT_NE(fit.coefficients, lime(game, {.samples = 400, .seed = 10}).coefficients);
  EXPECT_GT(fit.coefficients[0], 1);
  EXPECT_GT(fit.coefficients[1], 1);
}

TEST(Lime, AConstantGameHasNothingToExplain) {
  Game game = game_of(3, [](const Coalition&) { return 5.0; });
  const LimeFit fit = lime(game, {});
  EXPECT_EQ(fit.coefficients, (vector<double>{0, 0, 0}));
  EXPECT_DOUBLE_EQ(fit.intercept, 5);
  EXPECT_EQ(fit.r2, 1);
}

TEST(Lime, Refusals) {
  Game game = captum_game({1, 2, 3});
  EXPECT_EQ(refusal([&] { lime(game, {.samples = 1}); }), "LIME: 1 samples; give at least 2");
  EXPECT_EQ(refusal([&] { lime(game, {.alpha = -1}); }), "LIME: alpha -1; give 0 or more");
  EXPECT_EQ(refusal([&] { lime(game, {.kernel_width = 0}); }), "LIME: kernel width 0; give more than 0");
  EXPECT_EQ(refusal([&] { lime(game, {.similarity = [](const Coalition&) { return 0.0; }}); }),
            "LIME: all weights are 0; take a wider kernel");
  EXPECT_EQ(refusal([&] { lime(game, {.similarity = [](const Coalition&) { return -1.0; }}); }),
            "LIME: a weight of -1; weights are 0 or more");
}

}  // namespace
}  // namespace neurox::attribute
