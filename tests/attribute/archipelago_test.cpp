#include "neurox/attribute/archipelago.h"

#include <gtest/gtest.h>

#include <cmath>

#include "games.h"

namespace neurox::attribute {
namespace {

using namespace neurox::testing;
using Groups = std::vector<std::vector<std::size_t>>;

TEST(ArchDetect, BothContextsByHand) {
  // v = [0 and 1] + 3 [1 and 2 and 3]. Nobody else there: only 0 and 1 meet, a = 1. Everybody else there: 0
  // and 1 give b = 1, each pair of 1, 2, 3 gives b = 3.
  Game game = game_of(
      4, [](const Coalition& s) { return (s[0] && s[1] ? 1.0 : 0) + (s[1] && s[2] && s[3] ? 3.0 : 0); });
  const auto strength = [&](Context context, std::size_t i, std::size_t j) {
    for (const PairStrength& pair : arch_detect(game, context))
      if (pair.first == i && pair.second == j) return pair.strength;
    return std::nan("");
  };
  EXPECT_EQ(strength(Context::Absent, 0, 1), 1);
  EXPECT_EQ(strength(Context::Absent, 1, 2), 0);
  EXPECT_EQ(strength(Context::Present, 0, 1), 1);
  EXPECT_EQ(strength(Context::Present, 1, 2), 9);
  EXPECT_EQ(strength(Context::Both, 0, 1), 1);
  EXPECT_EQ(strength(Context::Both, 2, 3), 4.5);
  EXPECT_EQ(strength(Context::Both, 0, 3), 0);
  // Descending, ties by number.
  const auto order = arch_detect(game);
  EXPECT_EQ(order[0].first, 1U);
  EXPECT_EQ(order[0].second, 2U);
  EXPECT_EQ(order[1].second, 3U);
  EXPECT_EQ(order[2].first, 2U);
}

TEST(ArchDetect, AddingPlayersUpLeavesNothingToDetect) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Random random(seed);
    const double a = uniform(random), b = uniform(random), c = uniform(random);
    Game game = game_of(3, [=](const Coalition& s) { return a * s[0] + b * s[1] + c * s[2]; });
    for (const PairStrength& pair : arch_detect(game)) EXPECT_LT(pair.strength, 1e-28);
    const auto groups = archipelago(game, 0);
    ASSERT_EQ(groups.size(), 3U);
    EXPECT_NEAR(groups[1].effect, b, 1e-15);
  }
}

TEST(ArchDetect, AsksForNoMoreThanItNeeds) {
  Game both = captum_game({1, 2, 3, 4, 5}), present = captum_game({1, 2, 3, 4, 5});
  arch_detect(both);
  EXPECT_EQ(both.evaluations(), 5 * 5 + 5 + 2 - 0U);
  arch_detect(present, Context::Present);
  EXPECT_EQ(present.evaluations(), 1 + 5 + 10U);
}

TEST(Archipelago, OverlappingPairsBecomeOneGroup) {
  EXPECT_EQ(merge_overlapping({{4, 0}, {5, 4}, {2, 3}, {0, 1}}), (Groups{{0, 1, 4, 5}, {2, 3}}));
  EXPECT_EQ(merge_overlapping({{0, 1}, {2, 3}, {1, 2}}), (Groups{{0, 1, 2, 3}}));
  EXPECT_EQ(merge_overlapping({}), Groups{});
}

TEST(Archipelago, EqualsThePeersProgram) {
  NEUROX_NEED(file, shared("oracles/attribute/games.json"));
  double largest = 0;
  const auto compare = [&](double found, double expected) {
    largest = std::max(largest, std::abs(found - expected));
  };
  for (const OracleGame& oracle : oracle_games(file)) {
    const auto& peer = oracle.numbers["archipelago"];
    Game game = table_game(oracle.players(), oracle.table());
    for (const PairStrength& pair : arch_detect(game))
      compare(pair.strength,
              oracle.numbers["archdetect_by_formula"][fmt::format("{},{}", pair.first, pair.second)]);
    // Their order, where their rule of 1e-5 has not made a strength 0.
    const auto order = arch_detect(game);
    const auto& theirs = peer["archdetect_strength_sorted"];
    for (std::size_t k = 0; k < 5; ++k) {
      EXPECT_EQ(order[k].first, theirs[k][0][0].get<std::size_t>());
      EXPECT_EQ(order[k].second, theirs[k][0][1].get<std::size_t>());
      compare(order[k].strength, theirs[k][1]);
    }
    Groups alone, pairs;
    for (std::size_t i = 0; i < oracle.players(); ++i) {
      alone.push_back({i});
      for (std::size_t j = i + 1; j < oracle.players(); ++j) pairs.push_back({i, j});
    }
    for (const GroupEffect& group : arch_attribute(game, alone))
      compare(group.effect, peer["main_effects"][std::to_string(group.players[0])]);
    for (const GroupEffect& group : arch_attribute(game, pairs))
      compare(group.effect,
              peer["pairwise_effects"][fmt::format("({}, {})", group.players[0], group.players[1])]);
    const auto groups = archipelago(game, 3);
    EXPECT_EQ(groups.size(), peer["explain_top3"].size());
    for (const GroupEffect& group : groups) {
      std::string name;
      for (const std::size_t i : group.players) name += (name.empty() ? "" : ", ") + std::to_string(i);
      compare(group.effect, peer["explain_top3"]["(" + name + (group.players.size() == 1 ? ",)" : ")")]);
    }
  }
  RecordProperty("largest_difference", fmt::format("{:.2e}", largest));
  EXPECT_LT(largest, 1e-9);
}

TEST(Archipelago, Refusals) {
  Game one = table_game(1, {0, 1}), two = table_game(2, {0, 1, 2, 3});
  EXPECT_EQ(refusal([&] { arch_detect(one); }), "ArchDetect: one player has nobody to interact with");
  EXPECT_EQ(refusal([&] { arch_attribute(two, {{2}}); }), "ArchAttribute: player 2 of 2");
}

}  // namespace
}  // namespace neurox::attribute
