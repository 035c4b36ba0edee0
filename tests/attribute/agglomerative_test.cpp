#include "neurox/attribute/agglomerative.h"

#include <gtest/gtest.h>

#include "games.h"

namespace neurox::attribute {
namespace {

using namespace neurox::testing;
using Children = std::vector<std::size_t>;

TEST(Agglomerate, ANegationTakesInItsWordFirst) {
  // "it is not very good": good is worth 4; not turns it to -3; very adds 1 to either side of good.
  const auto value = [](const Coalition& s) {
    const double good = s[4] ? 4 + (s[3] ? 1.0 : 0) : 0;
    return 0.5 + (s[1] ? 0.25 : 0) + (s[2] ? -good * 0.75 : good);
  };
  Game game = game_of(5, value);
  const Hierarchy tree = agglomerate(game, {.context = Context::Absent});
  // Round 0: good (4). Round 1: very next to it, 5 - 4. Round 2: not, -3.75 - 5. Then is, then it.
  ASSERT_EQ(tree.nodes.size(), 9U);
  EXPECT_EQ(tree.nodes[4].round, 0);
  EXPECT_EQ(tree.nodes[4].score, 4);
  EXPECT_EQ(tree.nodes[5].first, 3U);
  EXPECT_EQ(tree.nodes[5].score, 5);
  EXPECT_EQ(tree.nodes[5].children, (Children{3, 4}));
  EXPECT_EQ(tree.nodes[6].first, 2U);
  EXPECT_EQ(tree.nodes[6].score, -3.75);
  EXPECT_EQ(tree.nodes[6].children, (Children{2, 5}));
  EXPECT_EQ(tree.nodes[6].round, 2);
  EXPECT_EQ(tree.nodes[8].first, 0U);
  EXPECT_EQ(tree.nodes[8].last, 4U);
  EXPECT_EQ(tree.nodes[8].score, -3.5);
}

TEST(Agglomerate, ScoresOfBothContextsAreTheMean) {
  Game game = game_of(2, [](const Coalition& s) { return s[0] && s[1] ? 6.0 : s[0] ? 1.0 : 0.0; });
  EXPECT_EQ(agglomerate(game, {.context = Context::Absent}).nodes[0].score, 1);
  EXPECT_EQ(agglomerate(game, {.context = Context::Present}).nodes[0].score, 6);
  EXPECT_EQ(agglomerate(game).nodes[0].score, 3.5);
}

TEST(Agglomerate, EveryTreeHoldsEveryPlayerOnce) {
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    for (const double percentile : {0.0, 50.0, 90.0, 100.0}) {
      constexpr std::size_t n = 8;
      Game game = table_game(n, random_table(n, seed));
      const Hierarchy tree = agglomerate(game, {.context = Context::Present, .percentile = percentile});
      std::vector<int> parents(tree.nodes.size());
      for (std::size_t k = 0; k < tree.nodes.size(); ++k) {
        const HierarchyNode& node = tree.nodes[k];
        EXPECT_EQ(node.children.empty(), k < n);
        std::size_t next = node.first;
        for (const std::size_t child : node.children) {
          ASSERT_LT(child, k);
          ++parents[child];
          EXPECT_EQ(tree.nodes[child].first, next);
          EXPECT_LE(tree.nodes[child].round, node.round);
          next = tree.nodes[child].last + 1;
        }
        EXPECT_EQ(next, k < n ? node.first : node.last + 1);
        // Everybody but the group is gone.
        Coalition rest(n, true);
        for (std::size_t i = node.first; i <= node.last; ++i) rest[i] = false;
        EXPECT_DOUBLE_EQ(node.score, game.all() - game.value(rest));
      }
      for (std::size_t k = 0; k + 1 < tree.nodes.size(); ++k) EXPECT_EQ(parents[k], 1);
      EXPECT_EQ(tree.nodes.back().last - tree.nodes.back().first, n - 1);
    }
}

TEST(Agglomerate, OneWordIsItsOwnTree) {
  Game game = table_game(1, {1, 3});
  const Hierarchy tree = agglomerate(game);
  ASSERT_EQ(tree.nodes.size(), 1U);
  EXPECT_EQ(tree.nodes[0].score, 2);
}

TEST(Agglomerate, Refusals) {
  Game game = table_game(1, {1, 3});
  EXPECT_EQ(refusal([&] { agglomerate(game, {.percentile = 101}); }),
            "agglomeration: percentile 101; give 0 to 100");
}

}  // namespace
}  // namespace neurox::attribute
