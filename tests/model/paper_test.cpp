#include <gtest/gtest.h>

#include "neurox/model/likelihood.h"
#include "tiny_models.h"

/// A language model of the GPT-2 family small enough to follow with a pencil: width 2, one block, one head,
/// ReLU.
///
///     words (3,1) (0,2) (0,-1), positions (0,0) (1,0); LayerNorm of (a,b) is (1,-1) where a > b, else (-1,1)
///     q = k = 0, v = x + (1,0);  W_O: (a,b) -> (a, 2a+b);  up: (a,b) -> (2a, -a+b+1);  down: (a,b) -> (a,
///     -b) last norm: weight (1,2), bias (0,1); output = words
namespace neurox::model {
namespace {

using testing::at_site;

class Paper : public ::testing::Test {
 protected:
  Paper() {
    testing::write_bytes(
        folder / "config.json",
        R"({"model_type":"gpt2","architectures":["GPT2LMHeadModel"],"vocab_size":3,"n_embd":2,"n_layer":1,)"
        R"("n_head":1,"n_inner":2,"n_positions":4,"activation_function":"relu","layer_norm_epsilon":1e-12})");
    const torch::Tensor zeros = torch::zeros({2}), ones = torch::ones({2});
    testing::write_tensors(
        folder / "model.safetensors",
        {{"transformer.wte.weight", torch::tensor({{3., 1.}, {0., 2.}, {0., -1.}})},
         {"transformer.wpe.weight", torch::tensor({{0., 0.}, {1., 0.}, {0., 0.}, {0., 0.}})},
         {"transformer.h.0.ln_1.weight", ones},
         {"transformer.h.0.ln_1.bias", zeros},
         {"transformer.h.0.attn.c_attn.weight",
          torch::tensor({{0., 0., 0., 0., 1., 0.}, {0., 0., 0., 0., 0., 1.}})},
         {"transformer.h.0.attn.c_attn.bias", torch::tensor({0., 0., 0., 0., 1., 0.})},
         {"transformer.h.0.attn.c_proj.weight", torch::tensor({{1., 2.}, {0., 1.}})},
         {"transformer.h.0.attn.c_proj.bias", zeros},
         {"transformer.h.0.ln_2.weight", ones},
         {"transformer.h.0.ln_2.bias", zeros},
         {"transformer.h.0.mlp.c_fc.weight", torch::tensor({{2., -1.}, {0., 1.}})},
         {"transformer.h.0.mlp.c_fc.bias", torch::tensor({0., 1.})},
         {"transformer.h.0.mlp.c_proj.weight", torch::tensor({{1., 0.}, {0., -1.}})},
         {"transformer.h.0.mlp.c_proj.bias", zeros},
         {"transformer.ln_f.weight", torch::tensor({1., 2.})},
         {"transformer.ln_f.bias", torch::tensor({0., 1.})}});
    model.emplace(Model::load(folder.path()));
  }

  void expect(Site site, const torch::Tensor& rows) {
    const torch::Tensor found = at_site(*model, batch, site);
    EXPECT_LE(testing::largest_difference(found, rows), 1e-6) << full_name(site) << "\n" << found;
  }

  testing::TempFolder folder;
  std::optional<Model> model;
  Batch batch = Batch::of({{0, 1}});
};

TEST_F(Paper, EverySiteIsWhatThePencilSays) {
  expect({SiteKind::ResidPre, 0}, torch::tensor({{3., 1.}, {1., 2.}}));
  expect({SiteKind::AttnQ, 0}, torch::zeros({2, 2}));
  expect({SiteKind::AttnV, 0}, torch::tensor({{2., -1.}, {0., 1.}}));
  expect({SiteKind::AttnPattern, 0}, torch::tensor({{1., 0.}, {.5, .5}}).view({1, 1, 2, 2}));
  expect({SiteKind::AttnZ, 0}, torch::tensor({{2., -1.}, {1., 0.}}));
  expect({SiteKind::AttnOut, 0}, torch::tensor({{2., 3.}, {1., 2.}}));
  expect({SiteKind::ResidMid, 0}, torch::tensor({{5., 4.}, {2., 4.}}));
  expect({SiteKind::MlpPre, 0}, torch::tensor({{2., -1.}, {-2., 3.}}));
  expect({SiteKind::MlpPost, 0}, torch::tensor({{2., 0.}, {0., 3.}}));
  expect({SiteKind::MlpOut, 0}, torch::tensor({{2., 0.}, {0., -3.}}));
  expect({SiteKind::ResidPost, 0}, torch::tensor({{7., 4.}, {2., 1.}}));
  expect({SiteKind::FinalNorm, -1}, torch::tensor({{1., -1.}, {1., -1.}}));
}

TEST_F(Paper, ANeuronSetToZeroLeavesTheStream) {
  const auto edit = model->hooks().edit({SiteKind::MlpPost, 0}, [](const torch::Tensor& x) {
    torch::Tensor out = x.clone();
    out.select(1, 0).zero_();
    return out;
  });
  expect({SiteKind::ResidPost, 0}, torch::tensor({{5., 4.}, {2., 1.}}));
}

TEST_F(Paper, AHeadSetToZeroLeavesTheStream) {
  const auto edit =
      model->hooks().edit({SiteKind::AttnZ, 0}, [](const torch::Tensor& x) { return torch::zeros_like(x); });
  expect({SiteKind::ResidPost, 0}, torch::tensor({{5., 1.}, {1., -1.}}));
}

TEST_F(Paper, AnEditedPatternMovesTheValues) {
  // Attention of the second token turned to itself alone: z = (0,1), attn_out = (0,1), mid = (1,3).
  const auto edit = model->hooks().edit({SiteKind::AttnPattern, 0}, [](const torch::Tensor& x) {
    return torch::eye(2).expand_as(x).contiguous();
  });
  expect({SiteKind::ResidMid, 0}, torch::tensor({{5., 4.}, {1., 3.}}));
}

TEST_F(Paper, TheLikelihoodOfASentence) {
  // Logits after the first token: (1,-1) . words = 2, -2, 1; the second token is word 1.
  const double expected = -2 - std::log(std::exp(2) + std::exp(-2) + std::exp(1));
  const torch::Tensor found = token_log_likelihoods(*model, model->forward(batch), batch);
  EXPECT_EQ(found[0].item<double>(), 0);
  EXPECT_NEAR(found[1].item<double>(), expected, 1e-6);
}

}  // namespace
}  // namespace neurox::model
