#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "neurox/attribute/layer_gradients.h"
#include "neurox/attribute/players.h"
#include "neurox/attribute/shapley.h"
#include "neurox/model/safetensors.h"
#include "support.h"

/// Methods on a TorchScript classifier: equal to Captum on the same modules, and their laws.
namespace neurox::attribute {
namespace {

using neurox::testing::refusal;
using ::testing::HasSubstr;
using torch::Tensor;

double largest(const Tensor& x) {
  return x.abs().max().item<double>();
}

class ScriptAttribution : public ::testing::Test {
 protected:
  ScriptAttribution()
      : folder_(std::filesystem::path(NEUROX_TESTDATA) / "torchscript" / "cnn"),
        model_(model::Model::load(folder_ / "model.ts")),
        reference_(model::SafeTensors::open(folder_ / "reference.safetensors")) {
    at::set_num_threads(1);
    batch_.ids = reference_.tensor("ids");
    batch_.lengths = {batch_.ids.size(0)};
  }
  SentenceFunction function(Target target = {.index = 1}) {
    return {model_, batch_, std::move(target), 16 << 20};
  }
  Tensor baseline() const {
    return model_.embed(
        model::Batch::of({std::vector<std::int64_t>(static_cast<std::size_t>(batch_.tokens()), 0)}));
  }
  Site site(const std::string& name) const {
    for (const SiteColumns& columns : model_.sites())
      if (columns.site == name) return *site_of(columns);
    ADD_FAILURE() << name;
    return {};
  }
  std::vector<Site> tapped() const {
    return {site("windows.0.act"), site("windows.1.act"), site("hidden_act")};
  }

  /// Largest difference from Captum's array; a pooled layer's row is spread over the words.
  void expect_captum(const std::string& what, Site at, const Tensor& values) const {
    const Tensor expected = reference_.tensor(what + "." + full_name(at));
    const Tensor found = expected.dim() == 1 ? values.sum(0) : values;
    EXPECT_LT(largest(found - expected), 2e-6 * std::max(1.0, largest(expected)))
        << what << ' ' << full_name(at);
  }

  std::filesystem::path folder_;
  model::Model model_;
  model::SafeTensors reference_;
  model::Batch batch_;
};

TEST_F(ScriptAttribution, IntegratedGradientsOfTheWordsEqualCaptums) {
  const auto f = function();
  const InputAttribution a = integrated_gradients(f, baseline(), {.steps = 50});
  EXPECT_LT(largest(a.values - reference_.tensor("ig")), 2e-6);
}
TEST_F(ScriptAttribution, LayersEqualCaptums) {
  const auto f = function();
  const std::vector<Site> sites = tapped();
  const LayerAttribution conducted = conductance(f, baseline(), sites, {.steps = 50, .captum = true}),
                         line = layer_integrated_gradients(f, baseline(), sites, {.steps = 50}),
                         product = activation_x_gradient(f, sites),
                         influence = internal_influence(f, baseline(), sites, {.steps = 50});
  for (std::size_t s = 0; s < sites.size(); ++s) {
    expect_captum("conductance", sites[s], conducted.values[s]);
    expect_captum("ig", sites[s], line.values[s]);
    expect_captum("gradxact", sites[s], product.values[s]);
    expect_captum("influence", sites[s], influence.values[s]);
  }
}
TEST_F(ScriptAttribution, LeavingWordsOutEqualsCaptumsFeatureAblation) {
  const auto f = function();
  const Tensor x = f.embeddings(), expected = reference_.tensor("ablation");
  for (std::int64_t word = 0; word < f.tokens(); ++word) {
    Tensor without = x.clone();
    without[word].copy_(baseline()[word]);
    EXPECT_NEAR(f.value(x) - f.value(without), expected[word].item<double>(), 2e-6);
  }
}
TEST_F(ScriptAttribution, ConductanceOfACutAddsUpAndThatOfItsPartsTogether) {
  const auto f = function();
  const std::vector<Site> sites = tapped();
  // Gradients jump where a maximum moves to another word, so the error falls with the steps alone.
  const LayerAttribution a = conductance(f, baseline(), sites, {.steps = 40000});
  const double change = a.value - a.baselines[0];
  EXPECT_TRUE(std::isnan(a.deltas[0])) << "one window of two is no cut";
  EXPECT_LT(std::abs(a.deltas[2]), 1e-4 * std::abs(change));
  const double both = (a.values[0].sum() + a.values[1].sum()).item<double>();
  EXPECT_NEAR(both, change, 2e-3);
}
TEST_F(ScriptAttribution, TheLineInTheLayerAddsUpAtEverySite) {
  const auto f = function();
  std::vector<Site> sites;
  for (const SiteColumns& columns : model_.sites())
    if (columns.site != "output") sites.push_back(*site_of(columns));
  const LayerAttribution a =
      layer_integrated_gradients(f, baseline(), sites, {.steps = 50, .tolerance = 1e-3, .most_steps = 3200});
  for (std::size_t s = 0; s < sites.size(); ++s)
    EXPECT_LT(std::abs(a.deltas[s]), 1e-2 * std::abs(a.value - a.baselines[s]) + 4e-3) << full_name(sites[s]);
}
TEST_F(ScriptAttribution, ShapleyValuesAddUp) {
  const auto f = function();
  Players players;
  for (std::int64_t w = 0; w < f.tokens(); ++w) players.push_back({w});
  Game game(players.size(), baseline_words(f, players, baseline()));
  double sum = 0;
  for (const double v : shapley(game).values) sum += v;
  EXPECT_NEAR(sum, f.value(f.embeddings()) - f.value(baseline()), 1e-5);
}
TEST_F(ScriptAttribution, AUnitOfAModuleIsATarget) {
  Target unit;
  unit.kind = Target::Kind::Unit;
  unit.site = site("hidden_act");
  unit.index = 2;
  const auto f = function(unit);
  EXPECT_NEAR(f.value(f.embeddings()), reference_.tensor("activation.hidden_act")[2].item<double>(), 1e-6);
  const Site behind = site("output"), before = site("windows.0.act");
  EXPECT_THAT(refusal([&] {
                f.sweep(f.embeddings().unsqueeze(0), {&behind, 1});
              }),
              HasSubstr("output: the target does not depend on it"));
  EXPECT_NO_THROW(f.sweep(f.embeddings().unsqueeze(0), {&before, 1}));
}

}  // namespace
}  // namespace neurox::attribute
