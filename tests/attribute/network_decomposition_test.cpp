#include "neurox/attribute/network_decomposition.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "neurox/attribute/decomposition.h"
#include "neurox/attribute/tree_methods.h"
#include "neurox/model/recurrent_network.h"
#include "neurox/model/safetensors_writer.h"
#include "support.h"

/// Contextual decomposition and relevance of recurrent and convolutional networks in double precision.
namespace neurox::attribute {
namespace {

using torch::Tensor;

struct NetworkTarget {
  std::string folder;
  Target target;
};

struct DecomposedNetwork {
  DecomposedNetwork(const std::filesystem::path& folder, const Target& target)
      : model(model::Model::load(folder, {.dtype = torch::kFloat64})),
        f(model, sentence(), target, 16 << 20) {
    at::set_num_threads(1);
  }
  explicit DecomposedNetwork(const NetworkTarget& c)
      : DecomposedNetwork(std::filesystem::path(NEUROX_TESTDATA) / "networks" / c.folder, c.target) {}
  model::Batch sentence() const {
    model::Batch batch = model::Batch::of({{3, 7, 5, 2, 9, 4}});
    const auto& network = dynamic_cast<const model::NativeNetwork&>(*model.network());
    if (network.config().pair) batch.type_ids = torch::tensor({0, 0, 0, 1, 1, 1}, torch::kInt64);
    return batch;
  }
  model::Model model;
  SentenceFunction f;
};

class NetworkDecompositions : public ::testing::TestWithParam<NetworkTarget> {};

TEST_P(NetworkDecompositions, EverythingIsTheLogitAndNothingIsNothing) {
  const torch::NoGradGuard no_gradients;
  const DecomposedNetwork net(GetParam());
  const Decomposition d(net.f, {});
  const Tensor x = d.embeddings(), none = at::zeros_like(x);
  Tensor some = none.clone();
  some[1] = x[1];
  some[3] = x[3];
  const Tensor shares = d.shares(at::stack({x, none, some}));
  EXPECT_NEAR(shares[0].item<double>(), d.value(), 1e-12);
  EXPECT_NEAR(shares[1].item<double>(), 0, 1e-14);
  EXPECT_GT(std::abs(shares[2].item<double>()), 1e-6);
}
TEST_P(NetworkDecompositions, PartAndRestAddUpToWhatTheNetworkHolds) {
  const torch::NoGradGuard no_gradients;
  const DecomposedNetwork net(GetParam());
  const auto& network = dynamic_cast<const model::NativeNetwork&>(*net.model.network());
  const Tensor x = net.f.embeddings();
  Tensor part = at::zeros_like(x);
  part[2] = x[2];
  const Split split = split_network(network, net.sentence(), {part.unsqueeze(0), x.unsqueeze(0)}, {});
  const Tensor out = network.output()(split.whole.reshape({-1, split.whole.size(-1)}));
  EXPECT_LT((out - net.model.forward(net.sentence())).abs().max().item<double>(), 1e-12);
}
TEST_P(NetworkDecompositions, RelevanceAndWhatBiasesGiveAddUpToTheLogit) {
  const DecomposedNetwork net(GetParam());
  const InputAttribution a = relevance(net.f);
  EXPECT_NEAR(a.delta, 0, 1e-9);
  EXPECT_NEAR(a.values.sum().item<double>() + a.baseline, a.value, 1e-9);
}

const Target after_third{.kind = Target::Kind::Tokens, .position = 3, .tokens = {2, 5}};
INSTANTIATE_TEST_SUITE_P(
    Networks, NetworkDecompositions,
    ::testing::Values(NetworkTarget{"lstm-lm", after_third}, NetworkTarget{"gru-lm", after_third},
                      NetworkTarget{"lstm-tagger",
                                    {.kind = Target::Kind::TokenClass, .index = 1, .position = 2}},
                      NetworkTarget{"gru-text", {.index = 1, .against = 0}},
                      NetworkTarget{"lstm-pair", {.index = 2}}, NetworkTarget{"cnn-text", {.index = 1}}),
    [](const auto& test) {
      std::string name = test.param.folder;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(NetworkDecomposition, PartAndRestOfACnnAreAlike) {
  const torch::NoGradGuard no_gradients;
  const DecomposedNetwork net(NetworkTarget{"cnn-text", {.index = 1}});
  const Decomposition d(net.f, {});
  const Tensor x = d.embeddings();
  Tensor some = at::zeros_like(x);
  some[0] = x[0];
  some[4] = x[4];
  const Tensor shares = d.shares(at::stack({some, x - some}));
  EXPECT_NEAR((shares[0] + shares[1]).item<double>(), d.value(), 1e-12);
}

/// cd_text of Murdoch et al.'s and Singh et al.'s programs, part and rest each by its own rules: the scores
/// of words start..stop.
std::pair<Tensor, Tensor> published(const model::RecurrentCell& cell, const Tensor& x, std::int64_t start,
                                    std::int64_t stop) {
  const std::int64_t width = cell.width();
  const auto of = [&](const Tensor& all, std::int64_t gate) { return all.narrow(0, gate * width, width); };
  const auto three = [](const Tensor& a, const Tensor& b, const Tensor& c, Tensor (*f)(const Tensor&)) {
    return std::tuple{0.5 * (f(a + c) - f(c) + f(a + b + c) - f(b + c)),
                      0.5 * (f(b + c) - f(c) + f(a + b + c) - f(a + c)), f(c)};
  };
  const auto sigmoid = [](const Tensor& y) { return y.sigmoid(); };
  const auto tangent = [](const Tensor& y) { return y.tanh(); };
  Tensor rel = at::zeros({width}, x.options()), irr = rel, rel_h = rel, irr_h = rel;
  for (std::int64_t t = 0; t < x.size(0); ++t) {
    const bool inside = t >= start && t <= stop;
    const Tensor in = at::mv(cell.input.weight, x[t]);
    const Tensor r = at::mv(cell.hidden.weight, rel_h) + (inside ? in : at::zeros_like(in));
    const Tensor s = at::mv(cell.hidden.weight, irr_h) + (inside ? at::zeros_like(in) : in);
    const Tensor& b = cell.input.bias;
    const auto [ri, ii, bi] = three(of(r, 0), of(s, 0), of(b, 0), sigmoid);
    const auto [rf, jf, bf] = three(of(r, 1), of(s, 1), of(b, 1), sigmoid);
    const auto [rg, ig, bg] = three(of(r, 2), of(s, 2), of(b, 2), tangent);
    Tensor now = ri * (rg + bg) + bi * rg, rest = ii * (rg + ig + bg) + (ri + bi) * ig;
    (inside ? now : rest) += bi * bg;
    rest = rest + (rf + jf + bf) * irr + jf * rel;
    now = now + (rf + bf) * rel;
    rel = now;
    irr = rest;
    const Tensor o = (of(r, 3) + of(s, 3) + of(b, 3)).sigmoid();
    rel_h = o * 0.5 * (rel.tanh() + (rel + irr).tanh() - irr.tanh());
    irr_h = o * 0.5 * (irr.tanh() + (rel + irr).tanh() - rel.tanh());
  }
  return {rel_h, irr_h};
}

TEST(NetworkDecomposition, AnLstmsRulesAreThePublishedOnes) {
  const torch::NoGradGuard no_gradients;
  const neurox::testing::TempFolder folder;
  neurox::testing::write_text(folder / "config.json",
                              R"({"model_type": "lstm", "task": "text", "pooling": "last", "num_labels": 2,
                                  "vocab_size": 11, "embedding_size": 4, "hidden_size": 5})");
  torch::manual_seed(4);
  model::write_safetensors(folder / "model.safetensors", {{"embedding.weight", torch::randn({11, 4})},
                                                          {"lstm.weight_ih_l0", torch::randn({20, 4})},
                                                          {"lstm.weight_hh_l0", torch::randn({20, 5})},
                                                          {"lstm.bias_ih_l0", torch::randn({20})},
                                                          {"lstm.bias_hh_l0", torch::randn({20})},
                                                          {"output.weight", torch::randn({2, 5})},
                                                          {"output.bias", torch::zeros({2})}});
  const DecomposedNetwork net(folder.path(), {.index = 1});
  const auto& network = dynamic_cast<const model::RecurrentNetwork&>(*net.model.network());
  const Tensor x = net.f.embeddings(), out = network.output().weight[1];
  const auto share = [&](const Players& players) {
    return decomposed_words(net.f, players)(std::vector<Coalition>{Coalition(players.size(), true)})[0];
  };
  for (const auto& [start, stop] : {std::pair{0, 0}, {2, 2}, {1, 3}, {4, 5}}) {
    const auto [part, rest] = published(network.layers()[0][0].cell, x, start, stop);
    Players players;
    for (std::int64_t t = start; t <= stop; ++t) players.push_back({t});
    EXPECT_NEAR(share(players), part.dot(out).item<double>(), 1e-12) << start;
    EXPECT_NEAR((part + rest).dot(out).item<double>(), net.f.value(x), 1e-12) << "beta + gamma";
  }
}
TEST(NetworkDecomposition, TreesEndAtTheLogit) {
  for (const char* folder : {"lstm-pair", "cnn-text"}) {
    const DecomposedNetwork net(NetworkTarget{folder, {.index = 1}});
    Game game(6, decomposed_words(net.f, {{0}, {1}, {2}, {3}, {4}, {5}}));
    const Hierarchy tree = agglomerate(game, {.context = Context::Absent});
    EXPECT_NEAR(tree.nodes.back().score, net.f.value(net.f.embeddings()), 1e-12) << folder;
    EXPECT_EQ(tree.nodes.back().last, 5U);
  }
}

}  // namespace
}  // namespace neurox::attribute
