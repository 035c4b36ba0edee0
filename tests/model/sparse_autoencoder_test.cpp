#include "neurox/model/sparse_autoencoder.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "neurox/model/model.h"
#include "neurox/model/safetensors.h"
#include "neurox/model/safetensors_writer.h"
#include "support.h"

namespace neurox::model {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path autoencoders = std::filesystem::path(NEUROX_TESTDATA) / "autoencoders";
const Site host{SiteKind::ResidPost, 0};

Model tiny_gpt2() {
  return Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / "gpt2-lm");
}

Batch tiny_batch() {
  return Batch::of({{3, 17, 8}, {4, 30, 8, 21, 9}});
}

Site features_of(Site site) {
  return module_site(full_name(site) + ".sae", site.block);
}

/// What is at a site.
torch::Tensor seen(Model& model, Site site) {
  torch::Tensor out;
  const auto guard = model.hooks().observe(site, [&](const torch::Tensor& x) { out = x.clone(); });
  model.forward(tiny_batch());
  return out;
}

TEST(SparseAutoencoder, FeaturesAndEditsAreThoseOfPyTorch) {
  const torch::InferenceMode no_gradients;
  for (const char* kind : {"standard", "jumprelu", "topk", "sparsify", "gated"}) {
    const auto sae = SparseAutoencoder::load(autoencoders / kind);
    EXPECT_EQ(sae.site, std::string(kind) == "sparsify" ? "" : "blocks.0.hook_resid_post");
    EXPECT_EQ(sae.features(), 40);
    const SafeTensors reference = SafeTensors::open(autoencoders / kind / "reference.safetensors");
    const torch::Tensor x = reference.tensor("x"), f = sae.encode(x);
    EXPECT_LT((f - reference.tensor("features")).abs().max().item<float>(), 1e-5) << kind;
    torch::Tensor changed = f.clone();
    changed.select(1, 3).fill_(2);
    changed.select(1, 7).mul_(2);
    const torch::Tensor edited = x + at::matmul(changed - f, sae.W_dec);
    EXPECT_LT((edited - reference.tensor("edited")).abs().max().item<float>(), 1e-5) << kind;
  }
}

TEST(SparseAutoencoder, ByHandTwoFeaturesOfTwoInputs) {
  SparseAutoencoder sae;
  sae.W_enc = torch::tensor({{1.0F, 0.0F}, {0.0F, 2.0F}});
  sae.W_dec = torch::eye(2);
  sae.b_enc = torch::tensor({0.5F, -1.0F});
  sae.b_dec = torch::tensor({1.0F, 0.0F});
  const torch::Tensor x = torch::tensor({{2.0F, 1.0F}, {-3.0F, 0.25F}});
  // (x - b_dec) W_enc + b_enc: 1.5 and 1; -3.5 and -0.5.
  EXPECT_TRUE(at::equal(sae.encode(x), torch::tensor({{1.5F, 1.0F}, {0.0F, 0.0F}})));
  sae.threshold = torch::tensor({0.0F, 1.0F});
  EXPECT_TRUE(at::equal(sae.encode(x), torch::tensor({{1.5F, 0.0F}, {0.0F, 0.0F}})));
  sae.threshold = torch::Tensor();
  sae.k = 1;
  EXPECT_TRUE(at::equal(sae.encode(x), torch::tensor({{1.5F, 0.0F}, {0.0F, 0.0F}})));
  sae.k = 0;
  sae.centred = false;
  EXPECT_TRUE(at::equal(sae.encode(x), torch::tensor({{2.5F, 1.0F}, {0.0F, 0.0F}})));
}

TEST(SparseAutoencoder, OfAGatedOneTheGateChoosesAndTheMagnitudeCounts) {
  const testing::TempFolder folder;
  const auto load = [&](const torch::Tensor& b_gate, const torch::Tensor& b_mag, const torch::Tensor& r_mag) {
    // No cfg.json: gated because there is a gate.
    write_safetensors(folder / "sae_weights.safetensors",
                      {{"W_enc", torch::tensor({{1.0F, 0.0F}, {0.0F, 2.0F}})},
                       {"W_dec", torch::eye(2)},
                       {"b_dec", torch::tensor({1.0F, 0.0F})},
                       {"b_gate", b_gate},
                       {"b_mag", b_mag},
                       {"r_mag", r_mag}});
    return SparseAutoencoder::load(folder.path());
  };
  const torch::Tensor x = torch::tensor({{2.0F, 1.0F}, {0.75F, 0.25F}, {-3.0F, 3.0F}});
  // z = (x - b_dec) W_enc: (1, 2), (-0.25, 0.5), (-4, 6). Gates z + (0.5, -1) > 0: both; the first; the
  // second. Magnitudes 2 z + 1 of the first: 3, 0.5, -7; z / 2 - 2 of the second: -1, -1.75, 1.
  const auto sae = load(torch::tensor({0.5F, -1.0F}), torch::tensor({1.0F, -2.0F}),
                        torch::log(torch::tensor({2.0F, 0.5F})));
  EXPECT_TRUE(at::allclose(sae.encode(x), torch::tensor({{3.0F, 0.0F}, {0.5F, 0.0F}, {0.0F, 1.0F}})));
  // A gate that is shut silences a magnitude above 0.
  const auto shut = load(torch::tensor({0.2F, -8.0F}), torch::tensor({1.0F, -2.0F}),
                         torch::log(torch::tensor({2.0F, 0.5F})));
  EXPECT_TRUE(at::allclose(shut.encode(x), torch::tensor({{3.0F, 0.0F}, {0.0F, 0.0F}, {0.0F, 0.0F}})));
  // Gates that are the magnitudes leave a relu.
  const torch::Tensor b = torch::tensor({0.5F, -1.0F});
  const auto same = load(b, b, torch::zeros({2}));
  EXPECT_TRUE(at::equal(same.encode(x), at::relu(at::matmul(x - same.b_dec, same.W_enc) + b)));
}

TEST(SparseAutoencoder, WithoutAnEditNothingChangesAndADeltaAddsItsDirection) {
  const torch::InferenceMode no_gradients;
  for (const char* kind : {"standard", "jumprelu", "topk", "gated"}) {
    Model model = tiny_gpt2();
    const torch::Tensor before = model.forward(tiny_batch()), x = seen(model, host);
    const auto sae = SparseAutoencoder::load(autoencoders / kind);
    model.add_features(host, sae);
    const Site features = features_of(host);
    EXPECT_TRUE(at::equal(model.forward(tiny_batch()), before)) << kind;
    EXPECT_TRUE(at::equal(seen(model, features), sae.encode(x))) << kind;
    {
      const auto same = model.hooks().edit(features, [](const torch::Tensor& f) { return f * 1; });
      EXPECT_TRUE(at::equal(model.forward(tiny_batch()), before)) << kind;
    }
    const auto more = model.hooks().edit(features, [](const torch::Tensor& f) {
      torch::Tensor y = f.clone();
      y.select(1, 9).add_(1.5);
      return y;
    });
    const torch::Tensor moved = seen(model, host) - x;
    EXPECT_LT((moved - 1.5 * sae.W_dec[9]).abs().max().item<float>(), 1e-5) << kind;
    EXPECT_GT((model.forward(tiny_batch()) - before).abs().max().item<float>(), 1e-3);
    // Observers of the features see what an edit made of them.
    EXPECT_TRUE(at::allclose(seen(model, features).select(1, 9), sae.encode(x).select(1, 9) + 1.5));
  }
}

TEST(SparseAutoencoder, FeaturesAreASiteOfTheModel) {
  const torch::InferenceMode no_gradients;
  Model model = tiny_gpt2();
  const std::size_t before = model.sites().size();
  model.add_features(host, SparseAutoencoder::load(autoencoders / "topk"));
  const Site last{SiteKind::FinalNorm, -1};
  model.add_features(last, SparseAutoencoder::load(autoencoders / "standard"));
  const auto sites = model.sites();
  ASSERT_EQ(sites.size(), before + 2);
  const auto at = std::find_if(sites.begin(), sites.end(),
                               [](const SiteColumns& c) { return c.site == "blocks.0.hook_resid_post.sae"; });
  ASSERT_NE(at, sites.end());
  EXPECT_EQ((at - 1)->site, "blocks.0.hook_resid_post");
  EXPECT_EQ(at->width, 40);
  EXPECT_EQ(at->block, 0);
  EXPECT_EQ(sites.back().site, "ln_final.hook_out.sae");
  EXPECT_EQ(sites.back().block, 1);
  // A pass may end at them, and begin at their block.
  torch::Tensor whole = seen(model, *site_of(*at)), part;
  const auto guard = model.hooks().observe(*site_of(*at), [&](const torch::Tensor& x) { part = x.clone(); });
  model.forward(tiny_batch(), *site_of(*at));
  EXPECT_TRUE(at::equal(part, whole));
  const Site first{SiteKind::ResidPre, 0};
  model.forward_from(0, seen(model, first), tiny_batch(), *site_of(*at));
  EXPECT_TRUE(at::equal(part, whole));
}

TEST(SparseAutoencoder, RefusesWhatDoesNotFit) {
  const testing::TempFolder folder;
  const auto write = [&](const std::string& config,
                         std::vector<std::pair<std::string, torch::Tensor>> tensors) {
    testing::write_text(folder / "cfg.json", config);
    std::map<std::string, torch::Tensor> by_name(tensors.begin(), tensors.end());
    write_safetensors(folder / "sae_weights.safetensors", by_name);
  };
  const auto says = [&] { return testing::refusal([&] { SparseAutoencoder::load(folder.path()); }); };
  EXPECT_THAT(says(), HasSubstr("no sae_weights.safetensors, and 0 other"));
  const torch::Tensor enc = torch::ones({4, 6}), dec = torch::ones({6, 4}), be = torch::ones({6}),
                      bd = torch::ones({4});
  write("{}", {{"W_enc", enc}, {"b_enc", be}, {"b_dec", bd}});
  EXPECT_THAT(says(), HasSubstr("no tensor W_dec; it has W_enc, b_dec, b_enc"));
  write("{}", {{"W_enc", enc}, {"W_dec", enc}, {"b_enc", be}, {"b_dec", bd}});
  EXPECT_THAT(says(), HasSubstr("W_dec is 4 x 6, but 6 x 4 is needed with W_enc of 4 x 6"));
  write("{}", {{"W_enc", enc}, {"W_dec", dec}, {"b_enc", bd}, {"b_dec", bd}});
  EXPECT_THAT(says(), HasSubstr("b_enc is 4, but 6 is needed"));
  const std::vector<std::pair<std::string, torch::Tensor>> good{
      {"W_enc", enc}, {"W_dec", dec}, {"b_enc", be}, {"b_dec", bd}};
  write(R"({"architecture": "temporal"})", good);
  EXPECT_THAT(says(),
              HasSubstr("cfg.json: architecture: 'temporal' is none of standard, jumprelu, topk, gated"));
  write(R"({"architecture": "gated"})", good);
  EXPECT_THAT(says(), HasSubstr("no tensor b_gate; it has W_dec, W_enc, b_dec, b_enc"));
  auto gated = good;
  gated.insert(gated.end(), {{"b_gate", be}, {"b_mag", bd}, {"r_mag", be}});
  write(R"({"architecture": "gated"})", gated);
  EXPECT_THAT(says(), HasSubstr("b_mag is 4, but 6 is needed with W_enc of 4 x 6"));
  gated[5].second = be;
  write(R"({"architecture": "gated", "activation_fn_str": "topk", "activation_fn_kwargs": {"k": 3}})", gated);
  EXPECT_THAT(says(), HasSubstr("k: the largest of gated features are not taken"));
  write(R"({"d_in": 5})", good);
  EXPECT_THAT(says(), HasSubstr("d_in: 5, but W_enc is 4 x 6"));
  write(R"({"architecture": "topk"})", good);
  EXPECT_THAT(says(), HasSubstr("k: top k without a number"));
  write(R"({"architecture": "jumprelu"})", good);
  EXPECT_THAT(says(), HasSubstr("without a tensor threshold"));
  write(R"({"normalize_activations": "layer_norm"})", good);
  EXPECT_THAT(says(), HasSubstr("'layer_norm' is not done"));
  write("{}", good);
  Model model = tiny_gpt2();
  EXPECT_THAT(testing::refusal([&] { model.add_features(host, SparseAutoencoder::load(folder.path())); }),
              HasSubstr("takes 4 inputs, but blocks.0.hook_resid_post has 24 neurons"));
  EXPECT_THAT(testing::refusal([&] {
                model.add_features({SiteKind::ResidPost, 7}, SparseAutoencoder::load(folder.path()));
              }),
              HasSubstr("no site blocks.7.hook_resid_post"));
  model.add_features(host, SparseAutoencoder::load(autoencoders / "topk"));
  EXPECT_THAT(
      testing::refusal([&] { model.add_features(host, SparseAutoencoder::load(autoencoders / "topk")); }),
      HasSubstr("there are two sites blocks.0.hook_resid_post.sae"));
}

}  // namespace
}  // namespace neurox::model
