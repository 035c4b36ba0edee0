#include "neurox/attribute/direct_logit.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "neurox/model/transformer.h"
#include "sentences.h"
#include "support.h"

/// Laws of direct logit attribution on small random networks in double precision.
namespace neurox::attribute {
namespace {

using neurox::testing::five_ids, neurox::testing::refusal;
using torch::Tensor;

struct Case {
  const char* folder;
  Target target;
};

class DirectLogit : public ::testing::TestWithParam<Case> {
 protected:
  DirectLogit() {
    at::set_num_threads(1);
    model_.emplace(model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / GetParam().folder,
                                      {.dtype = torch::kFloat64}));
  }
  SentenceFunction function() { return {*model_, model::Batch::of({five_ids}), GetParam().target, 16 << 20}; }
  bool has_final_norm() const { return static_cast<bool>(model_->final_norm()); }
  std::optional<model::Model> model_;
};

TEST_P(DirectLogit, AllPartsSumToTheLogit) {
  const auto f = function();
  const LayerAttribution a = direct_logit(f, {});
  double all = 0;
  for (const Part& part : a.parts) all += part.value;
  EXPECT_NEAR(a.value, f.value(f.embeddings()), 1e-12);
  EXPECT_NEAR(all, a.value, 1e-10);
}
TEST_P(DirectLogit, NeuronsAndHeadsAreThePartsOfTheirBlock) {
  const auto f = function();
  for (int l = 0; l < model_->config().blocks; ++l) {
    const Site sites[] = {
        {SiteKind::MlpPost, l}, {SiteKind::MlpOut, l}, {SiteKind::AttnZ, l}, {SiteKind::AttnOut, l}};
    const LayerAttribution a = direct_logit(f, sites);
    double heads = 0, attention_bias = 0, mlp = 0, mlp_bias = 0;
    for (const Part& part : a.parts) {
      if (part.block != l) continue;
      if (part.component == "attention head") heads += part.value;
      if (part.component == "attention bias") attention_bias += part.value;
      if (part.component == "mlp") mlp += part.value;
      if (part.component == "mlp bias") mlp_bias += part.value;
    }
    const auto sum = [&](std::size_t i) { return a.values[i].sum().item<double>(); };
    EXPECT_NEAR(sum(0), mlp, 1e-11);
    EXPECT_NEAR(sum(1), mlp + mlp_bias, 1e-11);
    EXPECT_NEAR(sum(2), heads, 1e-11);
    EXPECT_NEAR(sum(3), heads + attention_bias, 1e-11);
    EXPECT_NEAR(a.baselines[1], a.value - sum(1), 1e-10);
    EXPECT_LT(std::abs(a.deltas[0]), 1e-10);
  }
}
TEST_P(DirectLogit, TheStreamHoldsEverythingBeforeIt) {
  const auto f = function();
  const int last = model_->config().blocks - 1;
  std::vector<Site> sites{{SiteKind::ResidPre, 0},
                          {SiteKind::ResidPost, 0},
                          {SiteKind::ResidPre, 1},
                          {SiteKind::ResidPost, last}};
  if (has_final_norm()) sites.push_back({SiteKind::FinalNorm, -1});
  const LayerAttribution a = direct_logit(f, sites);
  const auto sum = [&](std::size_t i) { return a.values[i].sum().item<double>(); };
  double head_bias = 0, final_bias = 0, first_block = 0;
  for (const Part& part : a.parts) {
    if (part.component == "head bias") head_bias += part.value;
    if (part.component == "final norm bias") final_bias += part.value;
    if (part.block == 0) first_block += part.value;
  }
  EXPECT_NEAR(sum(0), a.parts.front().value, 1e-11);
  EXPECT_NEAR(sum(1), sum(2), 1e-11);
  EXPECT_NEAR(sum(1) - sum(0), first_block, 1e-10);
  EXPECT_NEAR(sum(3) + final_bias + head_bias, a.value, 1e-10);
  if (has_final_norm()) {
    EXPECT_NEAR(sum(4) + head_bias, a.value, 1e-10);
  }
}
TEST_P(DirectLogit, TokensThatTheTargetDoesNotReadWriteNothing) {
  const Site site{SiteKind::MlpPost, 1};
  const LayerAttribution a = direct_logit(function(), {&site, 1});
  EXPECT_EQ(a.values[0][1].abs().max().item<double>(), 0);
}

/// The last MLP stands right before the (last) norm: its share is the slope at a frozen scale.
class DirectLogitNormFirst : public DirectLogit {};
TEST_P(DirectLogitNormFirst, AShareIsWhatTheLogitLosesAtTheSameScale) {
  const auto f = function();
  const int last = model_->config().blocks - 1;
  const Site sites[] = {{SiteKind::ResidPost, last}, {SiteKind::MlpOut, last}};
  const std::vector<Tensor> held = f.activations(f.embeddings(), sites);
  const LayerAttribution a = direct_logit(f, sites);
  const Tensor x = held[0], y = x - held[1];
  const auto scale = [&](const Tensor& of) {
    const model::Norm& norm = model_->final_norm();
    return ((norm.bias.defined() ? of.var(-1, false, true) : of.square().mean(-1, true)) + norm.eps).sqrt();
  };
  const auto normed = [&](const Tensor& of, const Tensor& by) {
    const Tensor centred = model_->final_norm().bias.defined() ? of - of.mean(-1, true) : of;
    Tensor out = centred / by * model_->final_norm().weight;
    return model_->final_norm().bias.defined() ? out + model_->final_norm().bias : out;
  };
  const Target target = GetParam().target;
  const auto read = [&](const Tensor& hidden) {
    return target_values(*model_, hidden, f.sentence(), {&target, 1}).item<double>();
  };
  EXPECT_NEAR(read(normed(x, scale(x))) - read(normed(y, scale(x))), a.values[1].sum().item<double>(), 1e-11);
}

using Kind = Target::Kind;
const Case norm_first[] = {{"gpt2-lm", {.kind = Kind::Tokens, .position = 4, .tokens = {7}}},
                           {"gpt2-lm", {.kind = Kind::Tokens, .position = 3, .tokens = {7, 9}}},
                           {"llama-lm", {.kind = Kind::Tokens, .position = 4, .tokens = {7}}},
                           {"llama-tied-lm", {.kind = Kind::Tokens, .position = 4, .tokens = {7}}},
                           {"gpt-neox-lm", {.kind = Kind::Tokens, .position = 4, .tokens = {7}}},
                           {"gemma-lm", {.kind = Kind::Tokens, .position = 4, .tokens = {7}}},
                           {"qwen2-lm", {.kind = Kind::Tokens, .position = 4, .tokens = {7}}},
                           {"gpt2-sequence", {.index = 1, .against = 0}},
                           {"llama-sequence", {.index = 1}}};
const Case norm_last[] = {
    {"bert-token", {.kind = Kind::TokenClass, .index = 1, .position = 2}},
    {"bert-span", {.kind = Kind::SpanStart, .position = 2}},
    {"xlnet-token", {.kind = Kind::TokenClass, .index = 1, .position = 2}},
    {"albert-token", {.kind = Kind::TokenClass, .index = 1, .position = 2}},
    {"bert-span", {.kind = Kind::Span, .position = 2, .end = 4}},
    {"distilbert-token", {.kind = Kind::TokenClass, .index = 0, .against = 1, .position = 2}}};
INSTANTIATE_TEST_SUITE_P(NormFirst, DirectLogit, ::testing::ValuesIn(norm_first));
INSTANTIATE_TEST_SUITE_P(NormFirst, DirectLogitNormFirst, ::testing::ValuesIn(norm_first));
INSTANTIATE_TEST_SUITE_P(NormLast, DirectLogit, ::testing::ValuesIn(norm_last));

TEST(DirectLogitRefusals, WhatIsNoLogitOfALinearHead) {
  const auto ask = [](const char* folder, Target target, Site site) {
    model::Model model = model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / folder);
    const SentenceFunction f(model, model::Batch::of({five_ids}), std::move(target), 1 << 20);
    return refusal([&] { direct_logit(f, {&site, 1}); });
  };
  const Site mlp{SiteKind::MlpPost, 0};
  EXPECT_NE(
      ask("bert-sequence", {.index = 1}, mlp).find("a hidden layer between the last block and the logits"),
      std::string::npos);
  EXPECT_NE(ask("bert-mlm", {.kind = Kind::Tokens, .position = 1, .tokens = {5}}, mlp).find("logit-lens"),
            std::string::npos);
  EXPECT_NE(ask("gemma2-lm", {.kind = Kind::Tokens, .position = 1, .tokens = {5}}, mlp)
                .find("norms what components write or caps its logits"),
            std::string::npos);
  EXPECT_NE(ask("gpt2-sequence", {.kind = Kind::Unit, .site = mlp}, mlp).find("the target is a neuron"),
            std::string::npos);
  EXPECT_NE(
      ask("gpt2-sequence", {.scale = Target::Scale::Probability, .index = 1}, mlp).find("--scale logit"),
      std::string::npos);
  EXPECT_NE(ask("gpt2-sequence", {.index = 1}, {SiteKind::AttnQ, 0})
                .find("blocks.0.attn.hook_q writes nothing into the residual stream"),
            std::string::npos);
}

}  // namespace
}  // namespace neurox::attribute
