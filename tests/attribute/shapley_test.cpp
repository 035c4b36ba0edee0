#include "neurox/attribute/shapley.h"

#include <gtest/gtest.h>

#include <numeric>

#include "games.h"

namespace neurox::attribute {
namespace {

using namespace neurox::testing;
using std::vector;

double sum(const vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0);
}

TEST(Shapley, AGloveGameByHand) {
  // Player 0 has a left glove, 1 and 2 right ones; a pair is worth 1. Shapley: 2/3, 1/6, 1/6. Banzhaf: 3/4,
  // 1/4, 1/4.
  Game game = game_of(3, [](const Coalition& s) { return s[0] && (s[1] || s[2]) ? 1.0 : 0.0; });
  EXPECT_LT(largest_difference(shapley(game).values, {2 / 3., 1 / 6., 1 / 6.}), 1e-15);
  EXPECT_LT(largest_difference(banzhaf(game).values, {3 / 4., 1 / 4., 1 / 4.}), 1e-15);
  EXPECT_EQ(game.evaluations(), 8U);
}

TEST(Shapley, TheRowsOfCaptumsTests) {
  Game one = captum_game({20, 50, 30}), small = captum_game({2, 10, 3});
  EXPECT_LT(largest_difference(shapley(one).values, {76.6667, 196.6667, 116.6667}), 1e-4);
  EXPECT_LT(largest_difference(kernel_shap(one, {}).values, {76.6667, 196.6667, 116.6667}), 1e-4);
  EXPECT_LT(largest_difference(shapley(small).values, {7, 32.5, 10.5}), 1e-12);
  // Features 0 and 1 as one player.
  Game masked = game_of(2, [](const Coalition& s) {
    const double x = (s[0] ? 70 : 0) + (s[1] ? 30 : 0);
    return std::max(x - 10, 0.0) + 3 * (x + 1) - 1;
  });
  EXPECT_LT(largest_difference(shapley(masked).values, {275, 115}), 1e-12);
}

TEST(LeaveOut, TheRowsOfCaptumsTests) {
  Game zero = captum_game({20, 50, 30}), ten = captum_game({20, 50, 30}, 10), small = captum_game({2, 10, 3});
  EXPECT_EQ(leave_out(zero).values, (vector<double>{80, 200, 120}));
  EXPECT_EQ(leave_out(small).values, (vector<double>{8, 35, 12}));
  EXPECT_EQ(leave_out(ten, {2, 1}).values, (vector<double>{200, 220, 240}));
  EXPECT_EQ(leave_out(zero, {2, 2}).values, (vector<double>{280, 280, 120}));
}

TEST(Shapley, LawsOnRandomGames) {
  constexpr std::size_t n = 6;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    vector<double> table = random_table(n, seed), other = random_table(n, seed + 100);
    // Player 4 adds 2 to whatever there is (a dummy); 1 and 3 are alike.
    for (std::size_t s = 0; s < table.size(); ++s) {
      if ((s >> 4 & 1U) != 0) table[s] = table[s & ~std::size_t{16}] + 2;
      if ((s >> 3 & 1U) != 0 && (s >> 1 & 1U) == 0) table[s] = table[(s ^ 8U) | 2U];
    }
    Game game = table_game(n, table), second = table_game(n, other);
    for (const auto& method : {shapley, banzhaf}) {
      const PlayerValues phi = method(game);
      EXPECT_NEAR(phi.values[4], 2, 1e-12);
      EXPECT_NEAR(phi.values[1], phi.values[3], 1e-12);
      vector<double> mixed;
      for (std::size_t s = 0; s < table.size(); ++s) mixed.push_back(3 * table[s] - other[s]);
      Game third = table_game(n, mixed);
      const vector<double> a = phi.values, b = method(second).values, c = method(third).values;
      for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(c[i], 3 * a[i] - b[i], 1e-12);
    }
    const PlayerValues phi = shapley(game);
    EXPECT_NEAR(sum(phi.values), phi.all - phi.none, 1e-12);
    EXPECT_LT(largest_difference(kernel_shap(game, {}).values, phi.values), 1e-10);
  }
}

TEST(Shapley, EqualsThePeersOnTheirTables) {
  NEUROX_NEED(file, shared("oracles/attribute/games.json"));
  double largest = 0;
  for (const OracleGame& oracle : oracle_games(file)) {
    Game game = table_game(oracle.players(), oracle.table());
    for (const double difference : {largest_difference(shapley(game).values, oracle.list("shapley")),
                                    largest_difference(kernel_shap(game, {}).values, oracle.list("shapley")),
                                    largest_difference(banzhaf(game).values, oracle.list("banzhaf"))})
      largest = std::max(largest, difference);
    const vector<double> captum = oracle.numbers["captum"]["FeatureAblation"];
    EXPECT_LT(largest_difference(leave_out(game).values, captum), 1e-4);
  }
  RecordProperty("largest_difference", fmt::format("{:.2e}", largest));
  EXPECT_LT(largest, 1e-9);
}

TEST(SampledShapley, StandardErrorsCoverTheExactValues) {
  for (const bool antithetic : {false, true}) {
    Game game = table_game(7, random_table(7, 3));
    const vector<double> exact = shapley(game).values;
    const PlayerValues phi = sampled_shapley(game, {2000, antithetic, 5});
    EXPECT_NEAR(sum(phi.values), phi.all - phi.none, 1e-12);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      EXPECT_LT(std::abs(phi.values[i] - exact[i]), 4 * phi.errors[i]);
      EXPECT_LT(phi.errors[i], 0.025);
    }
    EXPECT_EQ(phi.values, sampled_shapley(game, {2000, antithetic, 5}).values);
    EXPECT_NE(phi.values, sampled_shapley(game, {2000, antithetic, 6}).values);
  }
}

TEST(SampledShapley, ReversedOrdersSettlePairsAtOnce) {
  // With interactions of two players alone, an order and its reverse give the exact value.
  Game game = game_of(5, [](const Coalition& s) {
    return (s[0] && s[1] ? 2.0 : 0) - (s[1] && s[4] ? 3.0 : 0) + (s[2] ? 1.0 : 0);
  });
  EXPECT_LT(largest_difference(sampled_shapley(game, {2, true, 1}).values, shapley(game).values), 1e-12);
}

TEST(SampledShapley, MorePlayersThanAWordHasBits) {
  Game game = game_of(
      150, [](const Coalition& s) { return static_cast<double>(std::count(s.begin(), s.end(), true)) / 2; });
  for (const double x : sampled_shapley(game, {3, false, 0}).values) EXPECT_DOUBLE_EQ(x, 0.5);
  const PlayerValues phi = kernel_shap(game, {1000, 0});
  for (const double x : phi.values) EXPECT_NEAR(x, 0.5, 1e-9);
}

TEST(KernelShap, SamplesComeNearAndKeepTheSum) {
  // 12 players, 4,094 coalitions: 1,000 draws are a sample. Pairs alone: the paired design is exact on
  // average.
  Game game = game_of(12, [](const Coalition& s) {
    double x = 0;
    for (std::size_t i = 0; i < 12; ++i) x += s[i] ? static_cast<double>(i) : 0;
    return std::tanh(x / 30) * 10 + (s[3] && s[4] ? 2 : 0);
  });
  const vector<double> exact = shapley(game).values;
  const PlayerValues phi = kernel_shap(game, {1000, 1});
  EXPECT_NEAR(sum(phi.values), phi.all - phi.none, 1e-10);
  EXPECT_LT(largest_difference(phi.values, exact), 0.15);
  EXPECT_EQ(phi.values, kernel_shap(game, {1000, 1}).values);
}

TEST(KernelShap, OnePlayerTakesAll) {
  Game game = table_game(1, {2, 5});
  EXPECT_EQ(kernel_shap(game, {}).values, vector<double>{3});
}

TEST(Game, EvaluatesNoCoalitionTwice) {
  std::size_t asked = 0;
  Game game(3, [&](std::span<const Coalition> coalitions) {
    asked += coalitions.size();
    return vector<double>(coalitions.size(), 1);
  });
  const Coalition s{true, false, true};
  const vector<Coalition> twice{s, s, Coalition(3)};
  EXPECT_EQ(game.values(twice), (vector<double>{1, 1, 1}));
  game.value(s);
  EXPECT_EQ(asked, 2U);
  // Beyond the memory allowed values are passed through.
  Game forgetful(
      3, [](std::span<const Coalition> x) { return vector<double>(x.size(), 7); }, 0);
  EXPECT_EQ(forgetful.values(twice), (vector<double>{7, 7, 7}));
  EXPECT_EQ(forgetful.value(s), 7);
  EXPECT_EQ(forgetful.evaluations(), 3U);
}

TEST(Shapley, Refusals) {
  const auto zeros = [](std::span<const Coalition> x) { return vector<double>(x.size()); };
  Game many(15, zeros), few(3, zeros);
  EXPECT_EQ(
      refusal([&] { shapley(many); }),
      "15 players have 2^15 coalitions, too many to enumerate (at most 14 players): take sampled_shapley or "
      "kernel_shap");
  EXPECT_EQ(refusal([&] {
              sampled_shapley(few, {0, false, 0});
            }),
            "Shapley sampling: 0 permutations; give at least 1");
  EXPECT_EQ(refusal([&] {
              sampled_shapley(few, {3, true, 0});
            }),
            "Shapley sampling: 3 permutations in pairs; give an even number");
  EXPECT_EQ(refusal([&] {
              kernel_shap(few, {3, 0});
            }),
            "Kernel SHAP: 3 samples; give an even number, they come in pairs");
  EXPECT_EQ(refusal([&] {
              kernel_shap(many, {4, 0});
            }),
            "Kernel SHAP: 4 coalitions do not tell 15 players apart; take more samples");
  EXPECT_EQ(refusal([&] { leave_out(few, {4, 1}); }), "occlusion: a window of 4 of 3 players");
  EXPECT_EQ(refusal([&] {
              leave_out(few, {1, 2});
            }),
            "occlusion: a stride of 2 with a window of 1; players between windows would have no value");
  EXPECT_EQ(refusal([&] { Game(0, zeros); }), "game: no players; there is no word or neuron to explain");
  Game infinite = game_of(3, [](const Coalition& s) { return s[1] ? std::nan("") : 0.0; });
  EXPECT_EQ(refusal([&] { infinite.all(); }), "game: the value of players {0, 1, 2} is nan");
}

}  // namespace
}  // namespace neurox::attribute
