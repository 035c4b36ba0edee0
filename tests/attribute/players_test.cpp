#include "neurox/attribute/players.h"

#include <gtest/gtest.h>

#include "games.h"
#include "neurox/attribute/shapley.h"

namespace neurox::attribute {
namespace {

using namespace neurox::testing;
using torch::Tensor;

model::Model tiny_classifier() {
  return model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models/bert-sequence",
                            {.dtype = torch::kFloat64});
}

model::Batch six_pieces() {
  return model::Batch::of({{2, 11, 40, 23, 7, 3}});
}

/// Two words: a piece, and two pieces.
const Players words{{1}, {2, 4}};

TEST(Players, AbsentWordsAreMasked) {
  model::Model model = tiny_classifier();
  const SentenceFunction f(model, six_pieces(), {.index = 1}, 1 << 20);
  const std::vector<Coalition> coalitions{{true, true}, {false, true}, {true, false}, {false, false}};
  Game game(2, masked_words(f, words, 4));
  const Tensor expected = f.values_of_ids(
      torch::tensor({{2, 11, 40, 23, 7, 3}, {2, 4, 40, 23, 7, 3}, {2, 11, 4, 23, 4, 3}, {2, 4, 4, 23, 4, 3}},
                    torch::kInt64));
  const std::vector<double> found = game.values(coalitions);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(found[i], expected[static_cast<int>(i)].item<double>(), 1e-12);

  // The mask's embeddings as a baseline are the same game.
  const Tensor baseline = model.embed(model::Batch::of({{4, 4, 4, 4, 4, 4}}));
  Game by_embedding(2, baseline_words(f, words, baseline));
  EXPECT_LT(largest_difference(by_embedding.values(coalitions), found), 1e-12);
}

TEST(Players, AWordThatTheModelDoesNotReadIsADummy) {
  // The pooler reads position 0 alone, and a unit of the first block at position 0 before attention sees no
  // other.
  model::Model model = tiny_classifier();
  const SentenceFunction f(
      model, six_pieces(),
      {.kind = Target::Kind::Unit, .index = 3, .position = 1, .site = {SiteKind::ResidPre, 0}}, 1 << 20);
  Game game(2, masked_words(f, words, 4));
  const PlayerValues phi = shapley(game);
  EXPECT_NE(phi.values[0], 0);
  EXPECT_NEAR(phi.values[1], 0, 1e-12);
}

TEST(Players, AbsentNeuronsTakeTheBaseline) {
  model::Model model = tiny_classifier();
  const SentenceFunction f(model, six_pieces(), {.index = 1}, 1 << 20);
  const Site site{SiteKind::MlpPost, 1};
  const Tensor x = f.activations(f.embeddings(), {&site, 1}).front();
  const Players groups{{0, 5}, {7}};
  Tensor gone = x.clone();
  gone.select(1, 0).fill_(0.5);
  gone.select(1, 5).fill_(0.5);
  Game game(2, baseline_neurons(f, site, groups, at::full({x.size(1)}, 0.5, x.options())));
  const std::vector<Coalition> coalitions{{true, true}, {false, true}};
  const Tensor expected = f.values_at(site, at::stack({x, gone}));
  const std::vector<double> found = game.values(coalitions);
  EXPECT_NEAR(found[0], f.values(f.embeddings().unsqueeze(0)).item<double>(), 1e-12);
  EXPECT_NEAR(found[1], expected[1].item<double>(), 1e-12);
  EXPECT_NE(found[0], found[1]);
}

TEST(Players, TheClassifiersGamesEqualThePeers) {
  NEUROX_NEED(folder, real_model("minilm-sst2"));
  NEUROX_NEED(file, shared("oracles/attribute/games.json"));
  model::Model model = model::Model::load(folder);
  double values = 0, shapleys = 0;
  for (const OracleGame& oracle : oracle_games(file)) {
    const std::vector<std::int64_t> ids = oracle.numbers["ids"];
    const SentenceFunction f(model, model::Batch::of({ids}), {.index = 1}, std::int64_t{256} << 20);
    Game game(oracle.players(), masked_words(f, oracle.numbers["piece_positions"], 103));
    values = std::max(values, largest_difference(all_values(game, ""), oracle.table()));
    shapleys = std::max(shapleys, largest_difference(shapley(game).values, oracle.list("shapley")));
  }
  RecordProperty("largest_difference", fmt::format("values {:.2e}, Shapley {:.2e}", values, shapleys));
  EXPECT_LT(values, 1e-4);
  EXPECT_LT(shapleys, 1e-4);
}

TEST(Players, Refusals) {
  model::Model model = tiny_classifier();
  const SentenceFunction f(model, six_pieces(), {.index = 1}, 1 << 20);
  EXPECT_EQ(refusal([&] { masked_words(f, {{1}, {}}, 4); }), "player 1: no position");
  EXPECT_EQ(refusal([&] { masked_words(f, {{6}}, 4); }), "player 0: position 6 of 6");
  EXPECT_EQ(refusal([&] { masked_words(f, {{1, 2}, {2}}, 4); }), "position 2: players 0 and 1 both own it");
  EXPECT_EQ(refusal([&] {
              baseline_words(f, words, at::zeros({5, 24}));
            }),
            "baseline: 120 numbers for 6 tokens x 24");
  EXPECT_EQ(refusal([&] {
              baseline_neurons(f, {SiteKind::MlpPost, 1}, {{0}}, at::zeros({24}));
            }),
            "blocks.1.mlp.hook_post: a baseline of 24 numbers for 40 neurons at 6 positions");
  EXPECT_EQ(refusal([&] {
              baseline_neurons(f, {SiteKind::MlpPost, 1}, {{40}}, at::zeros({40}));
            }),
            "player 0: neuron 40 of 40");
}

}  // namespace
}  // namespace neurox::attribute
