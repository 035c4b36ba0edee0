#include "neurox/attribute/decomposition.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sentences.h"
#include "support.h"

/// Contextual decomposition and layer-wise relevance on small networks in double precision.
namespace neurox::attribute {
namespace {

using neurox::testing::five_ids, neurox::testing::refusal;
using torch::Tensor;

struct DecomposedTarget {
  std::string folder;
  Target target;
};
std::string family_of(const ::testing::TestParamInfo<DecomposedTarget>& info) {
  std::string name = info.param.folder;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

struct TinyNetwork {
  TinyNetwork(const DecomposedTarget& c, std::optional<std::uint64_t> seed)
      : model(model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / c.folder,
                                 {.random_init = seed, .dtype = torch::kFloat64})),
        f(model, model::Batch::of({five_ids}), c.target, 16 << 20) {
    at::set_num_threads(1);
  }
  model::Model model;
  SentenceFunction f;
};

class Decompositions : public ::testing::TestWithParam<DecomposedTarget> {};

TEST_P(Decompositions, WhatWordsHaveAndWhatTheRestHasAddUpToTheLogit) {
  const torch::NoGradGuard no_gradients;
  const TinyNetwork net(GetParam(), std::nullopt);
  const Decomposition d(net.f, {});
  const Tensor x = d.embeddings(), none = at::zeros_like(x);
  Tensor some = none.clone();
  some[1] = x[1];
  some[3] = x[3];
  const Tensor shares = d.shares(at::stack({x, none, some, x - some}));
  EXPECT_NEAR(shares[0].item<double>(), d.value(), 1e-9) << "everything";
  EXPECT_NEAR(shares[1].item<double>(), 0, 1e-12) << "nothing";
  EXPECT_NEAR((shares[2] + shares[3]).item<double>(), d.value(), 1e-9);
  EXPECT_GT(std::abs(shares[2].item<double>()), 1e-6);
}
TEST_P(Decompositions, RelevanceAndWhatBiasesGiveAddUpToTheLogit) {
  const TinyNetwork net(GetParam(), std::nullopt);
  const InputAttribution a = relevance(net.f);
  EXPECT_NEAR(a.delta, 0, 1e-8);
  EXPECT_NEAR(a.values.sum().item<double>() + a.baseline, a.value, 1e-8);
}
TEST_P(Decompositions, WithoutBiasesRelevanceIsConserved) {
  // Random weights have no biases.
  const TinyNetwork net(GetParam(), 7);
  const InputAttribution a = relevance(net.f);
  EXPECT_EQ(a.baseline, 0);
  EXPECT_NEAR(a.values.sum().item<double>(), a.value, 1e-9);
  EXPECT_GT(a.values.abs().max().item<double>(), 1e-6);
}
TEST_P(Decompositions, RelevanceIsAdditive) {
  const torch::NoGradGuard no_gradients;
  const TinyNetwork net(GetParam(), std::nullopt);
  const Decomposition d(net.f, {SplitRules::Activation::Ratio, SplitRules::Bias::Rest});
  const Tensor values = relevance(net.f).values;
  for (std::int64_t token = 0; token < net.f.tokens(); ++token) {
    Tensor part = at::zeros_like(d.embeddings());
    part[token] = d.embeddings()[token];
    EXPECT_NEAR(d.shares(part.unsqueeze(0)).item<double>(), values[token].sum().item<double>(), 1e-9);
  }
}

const Target continuation{.kind = Target::Kind::Tokens, .position = 3, .tokens = {17, 5}};
INSTANTIATE_TEST_SUITE_P(
    Families, Decompositions,
    ::testing::Values(DecomposedTarget{"bert-sequence", {.index = 1}},
                      DecomposedTarget{"roberta-sequence", {.index = 1, .against = 0}},
                      DecomposedTarget{"distilbert-sequence", {.index = 1}},
                      DecomposedTarget{"gpt2-sequence", {.index = 1}},
                      DecomposedTarget{"llama-sequence", {.index = 1}},
                      DecomposedTarget{"mistral-lm", continuation},
                      DecomposedTarget{"qwen2-lm", continuation}, DecomposedTarget{"bert-mlm", continuation},
                      DecomposedTarget{"bert-token",
                                       {.kind = Target::Kind::TokenClass, .index = 1, .position = 2}},
                      DecomposedTarget{"bert-span", {.kind = Target::Kind::Span, .position = 1, .end = 3}}),
    family_of);

/// By transformers 5 in double precision, with layers rewritten there: probabilities, deviations and a(x)/x
/// detached, gradient x embeddings; and pairs of part and rest carried side by side.
TEST(Decomposition, EqualsTransformersWithHeldLayers) {
  const TinyNetwork net({"bert-sequence", {.index = 1}}, std::nullopt);
  const Tensor found = relevance(net.f).values.sum(1);
  const double expected[] = {-0.07970005312186865, 0.34405607515524, -0.5811592882614965, 0.08423504625323205,
                             -0.28084291506212744};
  for (std::int64_t t = 0; t < 5; ++t) EXPECT_NEAR(found[t].item<double>(), expected[t], 1e-10);
  const SetFunction share = decomposed_words(net.f, {{1}, {2, 3}, {2}});
  const std::vector<Coalition> asked{{true, false, false}, {false, true, false}, {false, false, true}};
  const std::vector<double> shares = share(asked);
  EXPECT_NEAR(shares[0], 0.19836926668764088, 1e-10);
  EXPECT_NEAR(shares[1], -0.7105702563552819, 1e-10);
  EXPECT_NEAR(shares[2], -0.8691313057562315, 1e-10);
}
/// Norms before the layers, RMSNorm and gated MLPs; transformers computes some of Llama's softmax in float32.
TEST(Decomposition, EqualsTransformersWithHeldLayersOfDecoders) {
  const auto differs = [](const char* family, const std::vector<double>& expected) {
    const TinyNetwork net({family, {.index = 1}}, std::nullopt);
    const Tensor found = relevance(net.f).values.sum(1);
    return (found - torch::tensor(expected, torch::kFloat64)).abs().max().item<double>();
  };
  EXPECT_LT(differs("llama-sequence", {-1.2791298486004146, 0.5191922261492197, -0.1738442712196845,
                                       0.27042951205243876, 0.6051959068728253}),
            1e-6);
  EXPECT_LT(differs("gpt2-sequence", {0.7023970538904197, 0.11546251594711364, 0.11776876186703848,
                                      1.041944985191296, 1.0295369527257263}),
            1e-9);
}
TEST(Decomposition, Refusals) {
  const TinyNetwork net({"bert-sequence", {.scale = Target::Scale::Probability, .index = 1}}, std::nullopt);
  EXPECT_EQ(refusal([&] { relevance(net.f); }),
            "contextual decomposition and LRP: only a logit is decomposed; take --scale logit");
  const TinyNetwork unit({"bert-sequence", {.kind = Target::Kind::Unit}}, std::nullopt);
  EXPECT_EQ(refusal([&] { relevance(unit.f); }),
            "contextual decomposition and LRP: the target is a neuron; name a class or next");
}

}  // namespace
}  // namespace neurox::attribute
