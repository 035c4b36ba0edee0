#include "neurox/model/hooks.h"

#include <gtest/gtest.h>

#include "tiny_models.h"

namespace neurox::model {
namespace {

using testing::refusal, testing::reference_batch, testing::tiny;

constexpr Site post0{SiteKind::MlpPost, 0};

TEST(Hooks, AreTheSameTensorWhenNobodyListens) {
  const Hooks hooks(2, false);
  const torch::Tensor x = torch::ones({2, 3});
  EXPECT_TRUE(hooks(SiteKind::MlpPost, 0, x).is_same(x));
  EXPECT_FALSE(hooks.wants(SiteKind::MlpPost, 0));
}

TEST(Hooks, RunEditsInTheOrderOfRegistrationAndThenObservers) {
  Hooks hooks(2, false);
  torch::Tensor seen;
  const auto observer = hooks.observe(post0, [&](const torch::Tensor& x) { seen = x; });
  const auto doubled = hooks.edit(post0, [](const torch::Tensor& x) { return x * 2; });
  const auto raised = hooks.edit(post0, [](const torch::Tensor& x) { return x + 1; });
  const torch::Tensor out = hooks(SiteKind::MlpPost, 0, torch::full({1}, 5.0));
  EXPECT_EQ(out.item<double>(), 11);
  EXPECT_TRUE(seen.is_same(out));
  EXPECT_EQ(hooks(SiteKind::MlpPost, 1, torch::full({1}, 5.0)).item<double>(), 5);
}

TEST(Hooks, EndWithTheirGuard) {
  Hooks hooks(1, false);
  int calls = 0;
  {
    Hooks::Guard kept;
    {
      auto guard = hooks.observe(post0, [&](const torch::Tensor&) { ++calls; });
      kept = std::move(guard);
    }
    hooks(SiteKind::MlpPost, 0, torch::ones({1}));
    EXPECT_TRUE(hooks.wants(SiteKind::MlpPost, 0));
  }
  hooks(SiteKind::MlpPost, 0, torch::ones({1}));
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(hooks.any());
}

TEST(Hooks, AGuardMayOutliveItsModel) {
  Hooks::Guard guard;
  {
    Model model = tiny("bert");
    guard = model.hooks().observe(post0, [](const torch::Tensor&) {});
  }
  guard.release();
}

TEST(Hooks, AThrowingListenerLeavesNoHook) {
  Model model = tiny("bert");
  const Batch batch = reference_batch("bert");
  const torch::Tensor expected = model.forward(batch);
  const std::string message = refusal([&] {
    const auto edit = model.hooks().edit(post0, [](const torch::Tensor& x) { return x * 0; });
    const auto observer = model.hooks().observe(
        {SiteKind::ResidPost, 0}, [](const torch::Tensor&) { throw input_error("the observer gave up"); });
    model.forward(batch);
  });
  EXPECT_EQ(message, "the observer gave up");
  EXPECT_FALSE(model.hooks().any());
  EXPECT_TRUE(model.forward(batch).equal(expected));
}

TEST(Hooks, RefuseAnEditThatChangesTheShapeByName) {
  Model model = tiny("bert");
  const auto guard = model.hooks().edit(post0, [](const torch::Tensor& x) { return x.narrow(1, 0, 3); });
  EXPECT_EQ(refusal([&] { model.forward(reference_batch("bert")); }),
            "an edit at blocks.0.mlp.hook_post returned [32, 3] Float on cpu where [32, 40] Float on cpu is "
            "needed");
}

TEST(Hooks, RefuseAnEditThatReturnsNothingOrAnotherType) {
  Hooks hooks(1, false);
  const torch::Tensor x = torch::ones({2});
  {
    const auto guard = hooks.edit(post0, [](const torch::Tensor&) { return torch::Tensor(); });
    EXPECT_EQ(refusal([&] { hooks(SiteKind::MlpPost, 0, x); }),
              "an edit at blocks.0.mlp.hook_post returned nothing where [2] Float on cpu is needed");
  }
  const auto guard = hooks.edit(post0, [](const torch::Tensor& y) { return y.to(torch::kFloat64); });
  EXPECT_EQ(refusal([&] { hooks(SiteKind::MlpPost, 0, x); }),
            "an edit at blocks.0.mlp.hook_post returned [2] Double on cpu where [2] Float on cpu is needed");
}

TEST(Hooks, RefuseASiteThatTheModelLacks) {
  Model model = tiny("bert");
  const auto listen = [&](Site site) {
    return refusal([&] { const auto guard = model.hooks().observe(site, [](const torch::Tensor&) {}); });
  };
  EXPECT_EQ(listen({SiteKind::MlpPost, 2}), "no site blocks.2.mlp.hook_post: the model has blocks 0 to 1");
  EXPECT_EQ(listen({SiteKind::FinalNorm, -1}), "no site ln_final.hook_out: the model has no final norm");
}

}  // namespace
}  // namespace neurox::model
