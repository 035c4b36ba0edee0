#include "neurox/model/few_rows.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "neurox/model/layers.h"

namespace neurox::model {
namespace {

TEST(FewRows, ProductsAreThoseOfLibTorchWhateverTheSizes) {
  torch::manual_seed(3);
  for (const int inputs : {1, 7, 64, 577, 1536})
    for (const int outputs : {1, 5, 1000})
      for (int rows = 1; rows <= 4; ++rows) {
        const torch::Tensor x = torch::randn({rows, inputs}), weight = torch::randn({outputs, inputs}),
                            bias = torch::randn({outputs});
        ASSERT_TRUE(suits_few_rows(x, weight));
        const torch::Tensor exact =
            at::linear(x.to(torch::kFloat64), weight.to(torch::kFloat64), bias.to(torch::kFloat64));
        const torch::Tensor found = few_rows_linear(x, weight, bias);
        EXPECT_LT((found.to(torch::kFloat64) - exact).abs().max().item<double>(), 1e-4)
            << inputs << " " << outputs << " " << rows;
        EXPECT_TRUE(at::equal(few_rows_linear(x, weight, {}) + bias, found));
      }
}

TEST(FewRows, RowsAloneAreThoseOfSeveralTogetherToRounding) {
  const torch::Tensor x = torch::randn({4, 300}), weight = torch::randn({50, 300});
  const torch::Tensor together = few_rows_linear(x, weight, {});
  for (int r = 0; r < 4; ++r)
    EXPECT_LT(
        (few_rows_linear(x.narrow(0, r, 1), weight, {}) - together.narrow(0, r, 1)).abs().max().item<float>(),
        1e-4F);
}

TEST(FewRows, ManyRowsGradientsAndOtherTypesGoToLibTorch) {
  const torch::Tensor weight = torch::randn({6, 8});
  EXPECT_FALSE(suits_few_rows(torch::randn({5, 8}), weight));
  EXPECT_FALSE(suits_few_rows(torch::randn({1, 8}, torch::kFloat64), weight));
  EXPECT_FALSE(suits_few_rows(torch::randn({1, 2, 8}), weight));
  const torch::Tensor x = torch::randn({2, 8}).requires_grad_();
  EXPECT_FALSE(suits_few_rows(x, weight));
  const Linear layer(weight, torch::Tensor());
  layer(x).sum().backward();
  EXPECT_TRUE(at::allclose(x.grad(), weight.sum(0).expand({2, 8})));
  const torch::NoGradGuard none;
  EXPECT_TRUE(suits_few_rows(x, weight));
}

}  // namespace
}  // namespace neurox::model
