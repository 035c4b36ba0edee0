#include "neurox/attribute/infidelity.h"

#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "model/h5_tensor.h"
#include "neurox/attribute/gradients.h"
#include "support.h"

namespace neurox::attribute {
namespace {

using neurox::testing::h5_tensor, neurox::testing::real_model, neurox::testing::refusal,
    neurox::testing::shared;
using torch::Tensor;

Tensor numbers(std::vector<double> x) {
  return torch::tensor(x, torch::kFloat64);
}

TEST(Infidelity, ByHand) {
  // Differences 1, 0, -2.
  const Infidelity found = infidelity(numbers({2, 1, 2}), numbers({1, 1, 4}));
  EXPECT_DOUBLE_EQ(found.plain, 5.0 / 3);
  // The best multiple is b = 11 / 9: 18 - 2 b 11 + b^2 9 = 18 - 121 / 9, over 3.
  EXPECT_NEAR(found.scaled, (18 - 121.0 / 9) / 3, 1e-14);
  EXPECT_DOUBLE_EQ(infidelity(numbers({0, 0}), numbers({3, 1})).scaled, 5) << "nothing to scale";
}
TEST(Infidelity, OfALinearFunctionItsGradientHasNone) {
  const Tensor w = numbers({1, -2, 3}), x = numbers({0.5, 4, -1}), from = numbers({0, 1, -1});
  const Tensor noise = uniform_noise(x, 20, 0.3, 4);
  const Tensor change = (w * x).sum() - (w * (x - noise)).sum(1);
  EXPECT_LT(infidelity((noise * w).sum(1), change).plain, 1e-28);
  // Its integrated gradients, w (x - from), are slopes times a change; where nothing changes they are 0.
  const Tensor slopes = per_unit(w * (x - from), x, from);
  EXPECT_LT((slopes - numbers({1, -2, 0})).abs().max().item<double>(), 1e-14);
}
TEST(Infidelity, GrowsWithWhatTheGradientMisses) {
  // x^2 at 1: the gradient predicts 2 p, the change is 2 p - p^2.
  const Infidelity found = infidelity(numbers({0.2, -0.2}), numbers({0.19, -0.21}));
  EXPECT_NEAR(found.plain, 1e-4, 1e-12);
}
TEST(SensitivityMax, OfAConstantGradientIsNone) {
  const Tensor x = numbers({1, 2}), w = numbers({3, 4});
  const Tensor noise = uniform_noise(x, 10, 0.02, 1);
  EXPECT_EQ(sensitivity_max([&](const Tensor&) { return w; }, x, noise), 0);
}
TEST(SensitivityMax, ByHand) {
  // e(x) = x (5 long); steps of length 1 and 0.5.
  const Tensor x = numbers({3, 4}), steps = torch::tensor({{0.0, 1.0}, {0.5, 0.0}}, torch::kFloat64);
  const Explanation itself = [](const Tensor& at) { return at; };
  EXPECT_NEAR(sensitivity_max(itself, x, steps), 0.2, 1e-15);
  EXPECT_NEAR(sensitivity_max(itself, x - x, steps), 1, 1e-15) << "a length of 0 counts as 1";
}
TEST(UniformNoise, IsSeededAndWithinItsRadius) {
  const Tensor x = at::zeros({4, 5}, torch::kFloat64);
  const Tensor a = uniform_noise(x, 50, 0.02, 7), b = uniform_noise(x, 50, 0.02, 7);
  EXPECT_TRUE(a.equal(b));
  EXPECT_FALSE(a.equal(uniform_noise(x, 50, 0.02, 8)));
  EXPECT_LE(a.abs().max().item<double>(), 0.02);
  EXPECT_GT(a.abs().max().item<double>(), 0.0199);
  EXPECT_NEAR(a.mean().item<double>(), 0, 2e-3);
}
TEST(Infidelity, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(refusal([] {
              infidelity(numbers({1, 2}), numbers({1}));
            }),
            "infidelity: 2 predictions for 1 changes");
  EXPECT_EQ(refusal([] {
              sensitivity_max([](const Tensor& x) { return x; }, numbers({1, 2}), at::zeros({1, 3}));
            }),
            "sensitivity: 3 numbers of perturbations for an input of 2");
}

/// Captum in double precision, on its own perturbations of a real classifier's sentence.
TEST(Infidelity, AndSensitivityAreCaptumsOnItsOwnPerturbations) {
  NEUROX_NEED(folder, real_model("minilm-sst2"));
  NEUROX_NEED(file, shared("oracles/attribute/captum.h5"));
  model::Model model = model::Model::load(folder, {.dtype = torch::kFloat64});
  const auto ids_at = [&](const char* of) { return h5_tensor(file, of).to(torch::kInt64); };
  model::Batch batch, other;
  batch.ids = ids_at("s0/ids");
  other.ids = ids_at("s0/baseline_ids");
  batch.lengths = other.lengths = {batch.ids.size(0)};
  const SentenceFunction f(model, batch, {.index = 1}, std::int64_t{256} << 20);
  const Tensor x = f.embeddings(), noise = h5_tensor(file, "s0/perturbations").to(torch::kFloat64);
  const Tensor change = f.value(x) - f.values(x - noise);
  const auto near = [&](const Tensor& values, double plain, double scaled) {
    const Infidelity found = infidelity((noise * values).sum({1, 2}), change);
    EXPECT_NEAR(found.plain, plain, 1e-5 * plain);
    EXPECT_NEAR(found.scaled, scaled, 1e-5 * scaled);
  };
  near(saliency(f).values, 2.3096625684762852e-07, 2.274332134070598e-07);
  near(input_x_gradient(f).values, 1.7116900841189997e-05, 1.5888043548339377e-05);
  near(integrated_gradients(f, model.embed(other), {}).values, 4.3478569037644525e-05, 1.666241981867935e-05);
  // Per unit of embedding input x gradient is the gradient, and foretells noise as well as that.
  near(per_unit(input_x_gradient(f).values, x, at::zeros_like(x)), 2.3096625684762852e-07,
       2.274332134070598e-07);

  SentenceFunction moved(model, batch, {.index = 1}, std::int64_t{256} << 20);
  const auto sensitivity = [&](const auto& method) {
    return sensitivity_max(
        [&](const Tensor& point) {
          moved.replace_embeddings(point);
          return method(moved);
        },
        x, noise);
  };
  const auto sizes = [](const SentenceFunction& g) { return saliency(g).values.abs(); };
  const auto products = [](const SentenceFunction& g) { return input_x_gradient(g).values; };
  EXPECT_NEAR(sensitivity(sizes), 0.19911683789817894, 1e-6);
  EXPECT_NEAR(sensitivity(products), 0.21031950602493305, 1e-6);
}

}  // namespace
}  // namespace neurox::attribute
