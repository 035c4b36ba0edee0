#include "neurox/attribute/faithfulness.h"

#include <gtest/gtest.h>

#include "support.h"

namespace neurox::attribute {
namespace {

/// v(S) = 4 a + 2 b + c + d
std::vector<double> sum(std::span<const Coalition> coalitions) {
  std::vector<double> out;
  for (const Coalition& c : coalitions)
    out.push_back((c[0] ? 4 : 0) + (c[1] ? 2 : 0) + (c[2] ? 1 : 0) + (c[3] ? 1 : 0));
  return out;
}

TEST(Faithfulness, OfASumByHand) {
  Game game(4, sum);
  // All: 8. Without the best 1, 2, 4: 4, 2, 0; they alone: 4, 6, 8.
  const Faithfulness f =
      faithfulness(game, std::vector<double>{4, 2, 1, 1}, std::vector<double>{0.25, 0.5, 1});
  EXPECT_EQ(f.comprehensiveness, (std::vector<double>{4, 6, 8}));
  EXPECT_EQ(f.sufficiency, (std::vector<double>{4, 2, 0}));
  EXPECT_DOUBLE_EQ(f.mean_comprehensiveness, 6);
  EXPECT_DOUBLE_EQ(f.mean_sufficiency, 2);
}
TEST(Faithfulness, TheTrueOrderBeatsChanceAndItsReverse) {
  Game game(4, sum);
  const std::vector<double> shares{0.25, 0.5, 0.75};
  const Faithfulness good = faithfulness(game, std::vector<double>{4, 2, 1, 1}, shares),
                     bad = faithfulness(game, std::vector<double>{-4, -2, -1, -1}, shares),
                     chance = random_faithfulness(game, shares, 200, 1);
  EXPECT_GT(good.mean_comprehensiveness, chance.mean_comprehensiveness);
  EXPECT_GT(chance.mean_comprehensiveness, bad.mean_comprehensiveness);
  EXPECT_LT(good.mean_sufficiency, chance.mean_sufficiency);
  // A random half of a sum is half of it.
  EXPECT_NEAR(chance.comprehensiveness[1], 4, 0.4);
}
TEST(Faithfulness, WhatDoesNotFitIsRefused) {
  Game game(4, sum);
  const std::vector<double> scores{1, 2, 3, 4}, half{0.5}, wrong{1.5};
  EXPECT_EQ(neurox::testing::refusal([&] { faithfulness(game, half, half); }),
            "faithfulness: 1 scores for 4 players");
  EXPECT_EQ(neurox::testing::refusal([&] { faithfulness(game, scores, {}); }),
            "faithfulness: no share of the players");
  EXPECT_EQ(neurox::testing::refusal([&] { faithfulness(game, scores, wrong); }),
            "faithfulness: share 1.5; write one above 0, at most 1");
  EXPECT_EQ(neurox::testing::refusal([&] { random_faithfulness(game, half, 0, 1); }),
            "faithfulness: 0 random draws; give at least 1");
}

}  // namespace
}  // namespace neurox::attribute
