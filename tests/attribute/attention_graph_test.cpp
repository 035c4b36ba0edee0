#include "neurox/attribute/attention_graph.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "neurox/attribute/attention.h"
#include "oracle_files.h"
#include "support.h"

namespace neurox::attribute {
namespace {

using neurox::testing::refusal;
using torch::Tensor;

Tensor matrix(std::initializer_list<double> rows) {
  const auto n = static_cast<std::int64_t>(std::sqrt(static_cast<double>(rows.size())));
  return torch::tensor(std::vector<double>(rows), torch::kFloat64).view({n, n});
}

TEST(AttentionGraph, TwoLayersByHand) {
  const Tensor first = matrix({0.5, 0.5, 0, 1}), second = matrix({0.8, 0.2, 0.4, 0.6});
  const Tensor layers[] = {first, second};
  // Rollout, row 0: .8 (.5, .5) + .2 (0, 1).
  EXPECT_TRUE(at::allclose(attention_rollout(layers), matrix({0.4, 0.6, 0.2, 0.8})));
  // Flow from position 0: to input 0 only by way of 0, at most .5; to input 1 .5 by way of 0 and .2 by way
  // of 1.
  const std::vector<double> flow = attention_flow(layers, 0);
  EXPECT_NEAR(flow[0], 0.5, 1e-12);
  EXPECT_NEAR(flow[1], 0.7, 1e-12);
}
TEST(AttentionGraph, HalfOfAPositionIsItsOwn) {
  const Tensor heads[] = {
      torch::tensor({{{1.0, 0.0}, {0.5, 0.5}}, {{0.0, 1.0}, {0.5, 0.5}}}, torch::kFloat64)};
  EXPECT_TRUE(at::allclose(layer_graph(heads)[0], matrix({0.75, 0.25, 0.25, 0.75})));
}
TEST(AttentionGraph, LawsOnRandomGraphs) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    torch::manual_seed(seed);
    std::vector<Tensor> heads;
    for (int l = 0; l < 4; ++l) heads.push_back(at::softmax(3 * at::randn({3, 6, 6}, torch::kFloat64), -1));
    const std::vector<Tensor> layers = layer_graph(heads);
    EXPECT_LT((attention_rollout(layers).sum(1) - 1).abs().max().item<double>(), 1e-12);
    for (std::int64_t to = 0; to < 6; ++to) {
      const std::vector<double> flow = attention_flow(layers, to);
      for (std::int64_t j = 0; j < 6; ++j) {
        const double f = flow[static_cast<std::size_t>(j)];
        EXPECT_LE(f, 1 + 1e-9) << "what leaves the top";
        EXPECT_LE(f, layers.front().select(1, j).sum().item<double>() + 1e-9) << "what reaches the input";
        EXPECT_GE(f, attention_rollout(layers)[to][j].item<double>() - 1e-9)
            << "rollout is a flow to one input, within every edge";
      }
    }
  }
}
TEST(AttentionGraph, OneLayerIsItself) {
  const Tensor layer[] = {matrix({0.7, 0.3, 0.1, 0.9})};
  EXPECT_TRUE(at::equal(attention_rollout(layer), layer[0]));
  EXPECT_NEAR(attention_flow(layer, 1)[0], 0.1, 1e-15);
}

/// scripts/fixtures/attention.py: transformers' probabilities, products in numpy, flows by linear
/// programming.
TEST(AttentionGraph, EqualsPeersOnRandomModels) {
  at::set_num_threads(1);
  for (const char* folder : {"bert-sequence", "llama-sequence"}) {
    const std::filesystem::path data(NEUROX_TESTDATA);
    const auto peer = neurox::testing::read_json(data / "attention" / (std::string(folder) + ".json"));
    model::Model model = model::Model::load(data / "models" / folder, {.dtype = torch::kFloat64});
    const SentenceFunction f(model, model::Batch::of({peer["ids"].get<std::vector<std::int64_t>>()}),
                             {.index = 1}, 1 << 20);
    const TargetPlace place = place_of(f);
    ASSERT_EQ(place.positions, (std::vector<std::int64_t>{peer["flow_to"].get<std::int64_t>()}));
    const std::vector<Tensor> layers =
        layer_graph(attention_probabilities(f, attention_patterns(model)).maps);
    const Tensor rollout = attention_rollout(layers);
    const std::vector<double> flow = attention_flow(layers, place.positions.front());
    for (std::size_t i = 0; i < flow.size(); ++i) {
      EXPECT_NEAR(flow[i], peer["flow"][i].get<double>(), 1e-6) << folder;
      for (std::size_t j = 0; j < flow.size(); ++j)
        EXPECT_NEAR(rollout[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(j)].item<double>(),
                    peer["rollout"][i][j].get<double>(), 1e-6)
            << folder;
    }
  }
}

TEST(AttentionGraph, TheTargetSaysWhereAndHowDeep) {
  model::Model model = model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / "gpt2-lm");
  const auto place = [&](Target target) {
    return place_of(
        SentenceFunction(model, model::Batch::of({{2, 11, 40, 23, 3}}), std::move(target), 1 << 20));
  };
  using Kind = Target::Kind;
  EXPECT_EQ(place({.kind = Kind::Tokens, .position = 3, .tokens = {7, 8}}).positions,
            (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(place({.kind = Kind::Unit, .position = 2, .site = {SiteKind::AttnQ, 1}}).patterns.size(), 1U);
  EXPECT_EQ(place({.kind = Kind::Unit, .position = 2, .site = {SiteKind::MlpPost, 1}}).patterns.size(), 2U);
  EXPECT_NE(refusal([&] {
              place({.kind = Kind::Unit, .position = 2, .site = {SiteKind::ResidPre, 0}});
            }).find("no attention comes before blocks.0.hook_resid_pre"),
            std::string::npos);
  const Tensor layer[] = {matrix({0.7, 0.3, 0.1, 0.9})};
  EXPECT_EQ(refusal([&] { attention_flow(layer, 2); }), "attention-flow: position 2 of 2 tokens");
}

}  // namespace
}  // namespace neurox::attribute
