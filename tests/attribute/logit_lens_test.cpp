#include "neurox/attribute/logit_lens.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support.h"

namespace neurox::attribute {
namespace {

using neurox::testing::refusal;
using torch::Tensor;

model::Model load(const std::string& folder) {
  at::set_num_threads(1);
  return model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / folder,
                            {.dtype = torch::kFloat64});
}
const model::Batch five_pieces = model::Batch::of({{2, 11, 40, 23, 3}});

class LogitLens : public ::testing::TestWithParam<std::string> {};

TEST_P(LogitLens, TheLastLayerIsTheModelsOwnPrediction) {
  model::Model model = load(GetParam());
  const int last = model.config().blocks - 1;
  const Site sites[] = {{SiteKind::ResidPre, 0},
                        {SiteKind::ResidPre, 1},
                        {SiteKind::ResidPost, 0},
                        {SiteKind::ResidPost, last}};
  const LensReading r = logit_lens(model, five_pieces, sites, {.positions = {1, 4}, .top = 3});
  const Tensor own =
      at::log_softmax(model.has_token_classifier() ? model.token_logits(model.forward(five_pieces))
                                                   : model.lm_logits(model.forward(five_pieces)),
                      1);
  for (std::int64_t p = 0; p < 2; ++p) {
    const Tensor row = own[p == 0 ? 1 : 4];
    EXPECT_EQ(r.targets[static_cast<std::size_t>(p)], row.argmax().item<std::int64_t>());
    EXPECT_NEAR(r.log_probability[p][3].item<double>(), row.max().item<double>(), 1e-10);
    EXPECT_EQ(r.rank[p][3].item<std::int64_t>(), 1);
    EXPECT_EQ(r.top_ids[p][3][0].item<std::int64_t>(), r.targets[static_cast<std::size_t>(p)]);
    EXPECT_NEAR(r.entropy[p][3].item<double>(), -(row.exp() * row).sum().item<double>(), 1e-10);
    EXPECT_TRUE(at::equal(r.log_probability[p][1], r.log_probability[p][2])) << "resid_pre of the next block";
    EXPECT_TRUE((r.top_probability[p].diff(1, -1) <= 0).all().item<bool>());
  }
}
TEST_P(LogitLens, RankAndProbabilityAreThoseOfTheTargetAskedFor) {
  model::Model model = load(GetParam());
  const Site site{SiteKind::ResidPost, 0};
  const LensReading all = logit_lens(model, five_pieces, {&site, 1}, {.positions = {2}, .top = 1 << 20});
  const std::int64_t third = all.top_ids[0][0][2].item<std::int64_t>();
  const LensReading r = logit_lens(model, five_pieces, {&site, 1}, {.positions = {2}, .targets = {third}});
  EXPECT_EQ(r.rank[0][0].item<std::int64_t>(), 3);
  EXPECT_NEAR(std::exp(r.log_probability[0][0].item<double>()), all.top_probability[0][0][2].item<double>(),
              1e-12);
  EXPECT_NEAR(all.top_probability[0][0].sum().item<double>(), 1, 1e-10);
}
INSTANTIATE_TEST_SUITE_P(Heads, LogitLens,
                         ::testing::Values("gpt2-lm", "llama-lm", "bert-mlm", "roberta-mlm", "bert-token"));

TEST(LogitLensRefusals, WhatCannotBeRead) {
  model::Model model = load("gpt2-lm");
  const Site mlp{SiteKind::MlpPost, 0}, resid{SiteKind::ResidPost, 0};
  EXPECT_NE(refusal([&] {
              logit_lens(model, five_pieces, {&mlp, 1}, {.positions = {0}});
            }).find("blocks.0.mlp.hook_post is not of the residual stream's width"),
            std::string::npos);
  EXPECT_EQ(refusal([&] {
              logit_lens(model, five_pieces, {&resid, 1}, {.positions = {9}});
            }),
            "logit-lens: position 9 of a sentence of 5 tokens");
  EXPECT_EQ(refusal([&] {
              logit_lens(model, five_pieces, {&resid, 1}, {.positions = {0}, .targets = {99}});
            }),
            "logit-lens: target 99 of 61");
  model::Model bare = load("bert");
  EXPECT_NE(refusal([&] { lens_head(bare); }).find("holds no head of words or classes"), std::string::npos);
}

}  // namespace
}  // namespace neurox::attribute
