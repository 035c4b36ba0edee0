#include "neurox/attribute/gradients.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "neurox/attribute/layer_gradients.h"
#include "sentences.h"
#include "support.h"

/// Laws of gradient methods on small random networks in double precision.
namespace neurox::attribute {
namespace {

using neurox::testing::five_ids, neurox::testing::refusal;
using torch::Tensor;

class GradientLaws : public ::testing::TestWithParam<std::string> {
 protected:
  GradientLaws() {
    at::set_num_threads(1);
    model_.emplace(model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / GetParam(),
                                      {.dtype = torch::kFloat64}));
  }
  SentenceFunction function(Target target = {.index = 1}, std::int64_t memory = 16 << 20) {
    return {*model_, model::Batch::of({five_ids}), std::move(target), memory};
  }
  Tensor baseline() const { return model_->embed(model::Batch::of({{2, 9, 9, 9, 3}})); }
  std::vector<Site> all_sites() const {
    std::vector<Site> sites;
    for (const SiteColumns& s : model_->sites())
      if (s.width > 0) sites.push_back(*parse_site(s.site));
    return sites;
  }
  std::optional<model::Model> model_;
};

double largest(const Tensor& x) {
  return x.abs().max().item<double>();
}

TEST_P(GradientLaws, IntegratedGradientsAddUp) {
  const auto f = function();
  const InputAttribution a = integrated_gradients(f, baseline(), {.steps = 30, .tolerance = 1e-9});
  EXPECT_LT(std::abs(a.delta), 1e-8 * std::max(1.0, std::abs(a.value - a.baseline)));
  EXPECT_EQ(largest(a.values[0]), 0) << "a token that does not move has no part in it";
}
TEST_P(GradientLaws, SaliencyIsTheSlope) {
  const auto f = function();
  const Tensor slope = saliency(f).values, x = f.embeddings(), way = at::ones_like(x) * 0.3;
  constexpr double h = 1e-5;
  const Tensor ends = f.values(at::stack({x + h * way, x - h * way}));
  EXPECT_NEAR((slope * way).sum().item<double>(), (ends[0] - ends[1]).item<double>() / (2 * h), 1e-6);
  EXPECT_LT(largest(input_x_gradient(f).values - x * slope), 1e-12);
}
TEST_P(GradientLaws, ConductanceOfEveryCutAddsUp) {
  const auto f = function();
  const std::vector<Site> sites = all_sites();
  const LayerAttribution a = conductance(f, baseline(), sites, {.steps = 40, .tolerance = 1e-6});
  int cuts = 0;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    if (!is_cut(sites[s])) {
      EXPECT_TRUE(std::isnan(a.deltas[s]));
      continue;
    }
    ++cuts;
    EXPECT_LT(std::abs(a.deltas[s]), 1e-6 * std::max(1e-2, std::abs(a.value - a.baselines[s])))
        << full_name(sites[s]);
  }
  EXPECT_GE(cuts, 6);
}
TEST_P(GradientLaws, ConductanceDoesNotDependOnHowManyPointsFitIntoMemory) {
  const std::vector<Site> sites = all_sites();
  const LayerAttribution whole = conductance(function(), baseline(), sites, {.steps = 20});
  for (const std::int64_t points : {1, 2, 3, 5}) {
    const auto one = function({.index = 1}, 1).points_per_pass();
    EXPECT_EQ(one, 1);
    const std::int64_t bytes = 4 * (2 * (14 * 24 + 5 * 48 + 4 * 4 * 5) + 8 * 24) * 5 * points;
    const LayerAttribution parts =
        conductance(function({.index = 1}, bytes), baseline(), sites, {.steps = 20});
    for (std::size_t s = 0; s < sites.size(); ++s)
      EXPECT_LT(largest(whole.values[s] - parts.values[s]), 1e-9) << full_name(sites[s]) << ' ' << points;
  }
}
TEST_P(GradientLaws, AUnitsConductanceIsTheSumOfWhatDrivesIt) {
  const auto f = function();
  const Site site{SiteKind::MlpPost, 0};
  const LayerAttribution all = conductance(f, baseline(), {&site, 1}, {.steps = 400});
  const std::int64_t place = 2;
  const InputAttribution one = neuron_conductance(f, baseline(), site, {&place, 1}, 7, {.steps = 60});
  EXPECT_NEAR(one.values.sum().item<double>(), all.values[0][2][7].item<double>(), 1e-7);
  const InputAttribution everywhere = neuron_conductance(f, baseline(), site, {}, 7, {.steps = 60});
  EXPECT_NEAR(everywhere.values.sum().item<double>(), all.values[0].select(1, 7).sum().item<double>(), 1e-6);
}
TEST_P(GradientLaws, TheLineInTheLayerAddsUpAtEverySite) {
  const auto f = function();
  std::vector<Site> sites = all_sites();
  const LayerAttribution a =
      layer_integrated_gradients(f, baseline(), sites, {.steps = 30, .tolerance = 1e-8});
  for (std::size_t s = 0; s < sites.size(); ++s)
    EXPECT_LT(std::abs(a.deltas[s]), 1e-7 * std::max(1e-2, std::abs(a.value - a.baselines[s])))
        << full_name(sites[s]);
}
TEST_P(GradientLaws, ExpectedGradientsFromOneBaselineComeNearIntegratedGradients) {
  const auto f = function();
  const Tensor exact = integrated_gradients(f, baseline(), {.steps = 40}).values;
  const Tensor drawn = expected_gradients(f, baseline().unsqueeze(0), {.samples = 4000, .seed = 3}).values;
  EXPECT_LT(largest(exact - drawn), 0.1 * largest(exact));
}
TEST_P(GradientLaws, SmoothGradOfNoNoiseIsTheGradientAndItsVarianceIsZero) {
  const auto f = function();
  const Tensor none = at::zeros({3, f.tokens(), f.embeddings().size(1)}, torch::kFloat64),
               g = saliency(f).values;
  using Join = NoiseOptions::Join;
  EXPECT_LT(largest(smooth_grad(f, none, {.join = Join::Mean}).values - g), 1e-12);
  EXPECT_LT(largest(smooth_grad(f, none, {.join = Join::Square}).values - g.square()), 1e-12);
  EXPECT_LT(largest(smooth_grad(f, none, {.join = Join::Variance}).values), 1e-12);
  EXPECT_LT(largest(smooth_grad(f, none, {.times_input = true}).values - f.embeddings() * g), 1e-12);
}
TEST_P(GradientLaws, TheSameSeedGivesTheSameNoise) {
  const auto f = function();
  EXPECT_TRUE(at::equal(smooth_grad(f, {.samples = 4, .seed = 5}).values,
                        smooth_grad(f, {.samples = 4, .seed = 5}).values));
  EXPECT_FALSE(at::equal(smooth_grad(f, {.samples = 4, .seed = 5}).values,
                         smooth_grad(f, {.samples = 4, .seed = 6}).values));
}
TEST_P(GradientLaws, LogOddsAreTheDifferenceOfTwoTargets) {
  const Tensor one = integrated_gradients(function({.index = 1}), baseline(), {}).values,
               other = integrated_gradients(function({.index = 0}), baseline(), {}).values;
  const Tensor odds = integrated_gradients(function({.index = 1, .against = 0}), baseline(), {}).values;
  EXPECT_LT(largest(odds - (one - other)), 1e-10) << "linearity";
}
TEST_P(GradientLaws, AUnitIsATargetOfItsOwn) {
  const Site site{SiteKind::MlpPost, 1};
  const auto f = function({.kind = Target::Kind::Unit, .index = 3, .position = 2, .site = site});
  const Tensor seen = f.activations(f.embeddings(), {&site, 1})[0];
  EXPECT_NEAR(f.values(f.embeddings().unsqueeze(0)).item<double>(), seen[2][3].item<double>(), 1e-12);
  const InputAttribution a = integrated_gradients(f, baseline(), {.tolerance = 1e-9});
  EXPECT_LT(std::abs(a.delta), 1e-8);
  const Site later{SiteKind::ResidPost, 1};
  EXPECT_NE(refusal([&] {
              layer_gradient(f, {&later, 1});
            }).find("the target does not depend on it"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Families, GradientLaws,
                         ::testing::Values("bert-sequence", "gpt2-sequence", "llama-sequence"));

TEST(Targets, WhatIsNotThereIsRefused) {
  model::Model model =
      model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / "bert-sequence");
  const auto ask = [&](Target target) {
    return refusal(
        [&] { saliency(SentenceFunction(model, model::Batch::of({five_ids}), std::move(target), 1 << 20)); });
  };
  EXPECT_EQ(ask({.index = 7}), "target: number 7 of 3");
  EXPECT_EQ(ask({.kind = Target::Kind::Unit, .index = 0, .position = 9}),
            "target: position 9 of a sentence of 5 tokens");
  EXPECT_NE(ask({.kind = Target::Kind::SpanStart}).find("holds no question answering head"),
            std::string::npos);
  EXPECT_NE(ask({.kind = Target::Kind::Tokens, .tokens = {4}}).find("holds no language model head"),
            std::string::npos);
}

}  // namespace
}  // namespace neurox::attribute
