#include "neurox/attribute/interactions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "games.h"
#include "neurox/attribute/shapley.h"

namespace neurox::attribute {
namespace {

using namespace neurox::testing;

constexpr InteractionIndex all_indices[] = {InteractionIndex::Shapley, InteractionIndex::NShapley,
                                            InteractionIndex::ShapleyTaylor, InteractionIndex::Banzhaf};

/// 1 when players 0, 1 and 2 are all there.
double unanimous(const Coalition& s) {
  return s[0] && s[1] && s[2] ? 1 : 0;
}

/// 5 for player 0, 2 for players 0 and 1 together, -3 for 1 and n - 1.
Game pairwise(std::size_t n) {
  return game_of(n, [n](const Coalition& s) {
    return 1 + (s[0] ? 5.0 : 0) + (s[0] && s[1] ? 2.0 : 0) - (s[1] && s[n - 1] ? 3.0 : 0);
  });
}

TEST(Interactions, ThreePlayersWhoMustAgreeByHand) {
  // delta_01(T) is 1 for T = {2} and 0 for T = {}. Shapley: 1/2; Shapley-Taylor: 2 / (3 C(2, 1)) = 1/3;
  // Banzhaf: 1/2.
  Game game = game_of(3, unanimous);
  EXPECT_NEAR(interactions(game, InteractionIndex::Shapley).values(0, 1), 1 / 2., 1e-15);
  EXPECT_NEAR(interactions(game, InteractionIndex::Shapley).values(0, 0), 1 / 3., 1e-15);
  EXPECT_NEAR(interactions(game, InteractionIndex::NShapley).values(0, 0), 1 / 3. - 1 / 2., 1e-15);
  EXPECT_NEAR(interactions(game, InteractionIndex::ShapleyTaylor).values(0, 1), 1 / 3., 1e-15);
  EXPECT_NEAR(interactions(game, InteractionIndex::ShapleyTaylor).values(0, 0), 0, 1e-15);
  EXPECT_NEAR(interactions(game, InteractionIndex::Banzhaf).values(0, 1), 1 / 2., 1e-15);
}

TEST(Interactions, LawsOnRandomGames) {
  constexpr std::size_t n = 5;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<double> table = random_table(n, seed);
    for (std::size_t s = 0; s < table.size(); ++s)  // player 2 is a dummy worth 3
      if ((s >> 2 & 1U) != 0) table[s] = table[s & ~std::size_t{4}] + 3;
    Game game = table_game(n, table);
    for (const InteractionIndex index : all_indices) {
      const PairValues found = interactions(game, index);
      EXPECT_LT((found.values - found.values.transpose()).cwiseAbs().maxCoeff(), 1e-15);
      EXPECT_NEAR(found.values(2, 2), 3, 1e-12);
      for (Index j = 0; j < 5; ++j) EXPECT_NEAR(j == 2 ? 0 : found.values(2, j), 0, 1e-12);
      if (index == InteractionIndex::ShapleyTaylor || index == InteractionIndex::NShapley) {
        EXPECT_NEAR(found.sum(), found.all - found.none, 1e-12);
      }
    }
  }
}

TEST(Interactions, EqualThePeersOnTheirTables) {
  NEUROX_NEED(file, shared("oracles/attribute/games.json"));
  double largest = 0;
  for (const OracleGame& oracle : oracle_games(file)) {
    Game game = table_game(oracle.players(), oracle.table());
    const std::pair<InteractionIndex, const char*> names[] = {{InteractionIndex::Shapley, "SII"},
                                                              {InteractionIndex::NShapley, "k-SII"},
                                                              {InteractionIndex::ShapleyTaylor, "STII"},
                                                              {InteractionIndex::Banzhaf, "BII"}};
    for (const auto& [index, name] : names) {
      const PairValues found = interactions(game, index);
      for (const auto& [pair, value] : oracle.numbers["shapiq"][name].items()) {
        const auto comma = pair.find(',');
        const Index i = std::stoi(pair), j = comma == pair.npos ? i : std::stoi(pair.substr(comma + 1));
        largest = std::max(largest, std::abs(found.values(i, j) - value.get<double>()));
      }
    }
  }
  RecordProperty("largest_difference", fmt::format("{:.2e}", largest));
  EXPECT_LT(largest, 1e-9);
}

TEST(SampledInteractions, PairsAloneAreExactInOneRound) {
  // delta_ij is then the same after any players, for even and odd numbers of players.
  for (const std::size_t n : {4U, 5U, 20U, 71U}) {
    Game game = pairwise(n);
    for (const auto& method : {sampled_shapley_interaction, sampled_shapley_taylor}) {
      const PairValues found = method(game, {1, 3});
      MatrixD expected = MatrixD::Zero(static_cast<Index>(n), static_cast<Index>(n));
      const Index last = static_cast<Index>(n) - 1;
      expected(0, 1) = expected(1, 0) = 2;
      expected(1, last) = expected(last, 1) = -3;
      expected.diagonal() = found.values.diagonal();
      EXPECT_LT((found.values - expected).cwiseAbs().maxCoeff(), 1e-12);
    }
    const PairValues taylor = sampled_shapley_taylor(game, {1, 3});
    EXPECT_EQ(taylor.values(0, 0), 5);
    EXPECT_EQ(taylor.values(1, 1), 0);
  }
}

TEST(SampledInteractions, StandardErrorsCoverTheExactValues) {
  for (const std::size_t n : {5U, 6U}) {
    Game game = table_game(n, random_table(n, 8));
    const std::pair<PairValues, PairValues> both[] = {
        {sampled_shapley_interaction(game, {3000, 4}), interactions(game, InteractionIndex::Shapley)},
        {sampled_shapley_taylor(game, {3000, 4}), interactions(game, InteractionIndex::ShapleyTaylor)}};
    for (const auto& [found, exact] : both) {
      const MatrixD difference = (found.values - exact.values).cwiseAbs();
      EXPECT_LT((difference - 4 * found.errors).maxCoeff(), 1e-12);
      EXPECT_LT(found.errors.maxCoeff(), 0.06);
    }
    // Every prefix counts as often as it came; distinct prefixes counted once would miss by far more than
    // this.
    EXPECT_LT((both[1].first.values - both[1].second.values).cwiseAbs().maxCoeff(), 0.1);
  }
}

TEST(SampledInteractions, TheShapleyTaylorSumHoldsAtEveryNumberOfRounds) {
  for (int rounds = 1; rounds < 6; ++rounds) {
    Game game = table_game(7, random_table(7, 21));
    const PairValues found = sampled_shapley_taylor(game, {rounds, 2});
    EXPECT_NEAR(found.sum(), found.all - found.none, 1e-12);
  }
}

TEST(SampledInteractions, EveryRoundCostsAboutNSquaredValues) {
  Game game = game_of(30, [](const Coalition& s) { return s[0] ? 1.0 : 0.0; });
  sampled_shapley_interaction(game, {1, 0});
  EXPECT_LE(game.evaluations(), 30U * 30U);
}

TEST(Interactions, Refusals) {
  Game one = table_game(1, {0, 1}), two = table_game(2, {0, 1, 2, 3}), many = pairwise(15);
  EXPECT_EQ(refusal([&] { interactions(one, InteractionIndex::Shapley); }),
            "interactions: one player has nobody to interact with");
  EXPECT_EQ(refusal([&] { interactions(many, InteractionIndex::ShapleyTaylor); }),
            "15 players have 2^15 coalitions, too many to enumerate (at most 14 players): take "
            "sampled_shapley_interaction or sampled_shapley_taylor");
  EXPECT_EQ(refusal([&] { sampled_shapley_taylor(two, {0, 1}); }), "interactions: 0 rounds; give at least 1");
  EXPECT_EQ(refusal([&] { sampled_shapley_interaction(one, {}); }),
            "interactions: one player has nobody to interact with");
}

}  // namespace
}  // namespace neurox::attribute
