#include <gtest/gtest.h>

#include "model/h5_tensor.h"
#include "neurox/attribute/gradients.h"
#include "neurox/attribute/layer_gradients.h"
#include "support.h"

/// A real classifier against Captum in double precision, and against the limits of the integrals.
namespace neurox::attribute {
namespace {

using neurox::testing::h5_tensor, neurox::testing::real_model, neurox::testing::shared;
using torch::Tensor;

struct Sentence {
  SentenceFunction function;
  Tensor baseline;
};

Sentence sentence(model::Model& model, const std::filesystem::path& file, const std::string& name) {
  const auto read_ids = [&](const char* of) { return h5_tensor(file, name + "/" + of).to(torch::kInt64); };
  model::Batch batch, other;
  batch.ids = read_ids("ids");
  other.ids = read_ids("baseline_ids");
  batch.lengths = other.lengths = {batch.ids.size(0)};
  const torch::NoGradGuard no_gradients;
  return {SentenceFunction(model, batch, {.index = 1}, std::int64_t{256} << 20), model.embed(other)};
}

/// Largest difference, as a share of the largest expected number.
double apart(const Tensor& found, const Tensor& expected) {
  return ((found.to(torch::kFloat64) - expected).abs().max() / expected.abs().max()).item<double>();
}

class Captum : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = real_model("minilm-sst2");
    const auto file = shared("oracles/attribute/captum.h5");
    if (!folder || !file) GTEST_SKIP() << "minilm-sst2 and oracles/attribute are not beside the project";
    model.emplace(model::Model::load(*folder));
    path = *file;
  }
  Tensor expected(const std::string& name) const { return h5_tensor(path, name); }
  void near(const Tensor& found, const std::string& name, double tolerance = 2e-5) {
    const double difference = apart(found, expected(name));
    EXPECT_LE(difference, tolerance) << name;
    worst = std::max(worst, difference);
  }
  void TearDown() override { RecordProperty("largest_difference", fmt::format("{:.2e}", worst)); }

  std::optional<model::Model> model;
  std::filesystem::path path;
  double worst = 0;
};

TEST_F(Captum, GradientsAndPathsOfTheInput) {
  for (const std::string s : {"s0", "s1", "s2"}) {
    const auto [f, baseline] = sentence(*model, path, s);
    near(saliency(f).values, s + "/saliency_signed");
    near(input_x_gradient(f).values, s + "/input_x_gradient");
    near(integrated_gradients(f, baseline, {}).values, s + "/ig_gausslegendre_50");
    near(integrated_gradients(f, baseline, {.rule = Rule::Left}).values, s + "/ig_riemann_left_50");
    near(integrated_gradients(f, baseline, {.rule = Rule::Right}).values, s + "/ig_riemann_right_50");
    near(integrated_gradients(f, baseline, {.rule = Rule::Middle}).values, s + "/ig_riemann_middle_50");
  }
}
TEST_F(Captum, IntegratedGradientsReachTheirLimit) {
  for (const std::string s : {"s0", "s1"}) {
    const auto [f, baseline] = sentence(*model, path, s);
    near(integrated_gradients(f, baseline, {.steps = 200}).values, s + "/ig_converged");
  }
}
TEST_F(Captum, NoiseOfItsOwn) {
  const auto [f, baseline] = sentence(*model, path, "s0");
  const Tensor noise = expected("s0/noise").to(torch::kFloat32);
  using Join = NoiseOptions::Join;
  for (const auto& [join, name] :
       {std::pair{Join::Mean, "smoothgrad"}, {Join::Square, "smoothgrad_sq"}, {Join::Variance, "vargrad"}}) {
    near(smooth_grad(f, noise, {.join = join, .times_input = true}).values,
         fmt::format("s0/noise_tunnel/ixg_{}", name));
  }
}
TEST_F(Captum, SquaredNoiseOfItsSaliency) {
  // Its other two forms take the mean and variance of absolute gradients; ours keep the sign.
  const auto [f, baseline] = sentence(*model, path, "s0");
  near(smooth_grad(f, expected("s0/noise").to(torch::kFloat32), {.join = NoiseOptions::Join::Square}).values,
       "s0/noise_tunnel/saliency_smoothgrad_sq");
}
TEST_F(Captum, ExpectedGradientsFromItsDraws) {
  const auto [f, baseline] = sentence(*model, path, "s0");
  const Tensor x = f.embeddings();
  const Tensor baselines = at::stack({baseline, at::zeros_like(x), x.mean(0, true).expand_as(x)});
  const std::vector<std::int64_t> which{1, 0, 0, 1, 1, 0};
  const std::vector<double> where{0.0923385947687978,  0.1862602113776709, 0.34556072704304774,
                                  0.39676747423066994, 0.538816734003357,  0.4191945144032948};
  near(expected_gradients(f, baselines, which, where).values, "s0/gradient_shap");
}
TEST_F(Captum, LayersFromOneSweep) {
  std::vector<Site> blocks;
  for (int l = 0; l < 6; ++l) blocks.push_back({SiteKind::ResidPost, l});
  for (const std::string s : {"s0", "s1", "s2"}) {
    const auto [f, baseline] = sentence(*model, path, s);
    const auto products = activation_x_gradient(f, blocks);
    const auto compatible = conductance(f, baseline, blocks, {.steps = 50, .captum = true});
    for (std::size_t l = 0; l < 6; ++l) {
      near(products.values[l], fmt::format("{}/block{}/gradient_x_activation", s, l));
      near(compatible.values[l], fmt::format("{}/block{}/conductance", s, l));
    }
    if (s != "s0") continue;
    const auto influence = internal_influence(f, baseline, blocks, {});
    for (std::size_t l = 0; l < 6; ++l)
      near(influence.values[l], fmt::format("{}/block{}/internal_influence", s, l));
  }
}
TEST_F(Captum, ConductanceReachesItsLimitAndAddsUp) {
  std::vector<Site> sites;
  for (int l = 0; l < 6; ++l) sites.push_back({SiteKind::ResidPost, l});
  sites.push_back({SiteKind::MlpPost, 3});
  for (const std::string s : {"s0", "s1"}) {
    const auto [f, baseline] = sentence(*model, path, s);
    const auto found = conductance(f, baseline, sites, {.steps = 400});
    for (std::size_t l = 0; l < 6; ++l) {
      near(found.values[l], fmt::format("{}/block{}/conductance_converged", s, l), 5e-5);
      EXPECT_LT(std::abs(found.deltas[l]), 5e-5);
    }
    near(found.values[6].sum(0), s + "/block3/ffn_post/conductance_converged_sum_over_tokens", 5e-5);
  }
}
TEST_F(Captum, WhatDrivesAUnit) {
  const auto [f, baseline] = sentence(*model, path, "s0");
  for (const auto& [block, token, unit] : {std::tuple{1, 0, 8}, {3, 2, 101}, {5, 0, 301}}) {
    const Site site{SiteKind::ResidPost, block};
    const std::string name = fmt::format("block{}_token{}_unit{}", block, token, unit);
    const std::int64_t place = token;
    near(neuron_conductance(f, baseline, site, {&place, 1}, unit, {}).values,
         "s0/neuron_conductance/" + name + "_gausslegendre");
    const SentenceFunction of_unit(
        *model, f.sentence(), {.kind = Target::Kind::Unit, .index = unit, .position = token, .site = site},
        std::int64_t{256} << 20);
    near(saliency(of_unit).values, "s0/neuron_gradient/" + name);
    near(integrated_gradients(of_unit, baseline, {}).values, "s0/neuron_ig/" + name);
  }
}

}  // namespace
}  // namespace neurox::attribute
