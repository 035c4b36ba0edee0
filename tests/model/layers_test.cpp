#include "neurox/model/layers.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace neurox::model {
namespace {

using torch::Tensor;

/// Rows below and above the number from which another kernel takes over.
class LinearTest : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override {
    at::manual_seed(1);
    x = at::randn({GetParam(), 24});
    weight = at::randn({10, 24});
    bias = at::randn({10});
  }
  Tensor x, weight, bias;
};

void expect_near(const Tensor& a, const Tensor& b) {
  EXPECT_LT((a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>(), 1e-5);
}

TEST_P(LinearTest, EqualsTheProductInDoublePrecision) {
  const Tensor expected = at::matmul(x.to(torch::kFloat64), weight.to(torch::kFloat64).t());
  expect_near(Linear(weight, Tensor())(x), expected);
  expect_near(Linear(weight, bias)(x), expected + bias.to(torch::kFloat64));
  const Tensor transposed = weight.t().contiguous();
  expect_near(Linear(transposed.t(), bias)(x), expected + bias.to(torch::kFloat64));
  expect_near(Linear(weight, bias)(at::cat({x, x}, 1).narrow(1, 0, 24)), expected + bias.to(torch::kFloat64));
}

TEST_P(LinearTest, GradientOfTheInputIsTheTransposedProduct) {
  const Tensor input = x.detach().requires_grad_(true);
  const Tensor direction = at::randn({GetParam(), 10});
  const Tensor gradient =
      torch::autograd::grad({(Linear(weight, bias)(input) * direction).sum()}, {input})[0];
  expect_near(gradient, at::matmul(direction.to(torch::kFloat64), weight.to(torch::kFloat64)));
}

TEST_P(LinearTest, HasASecondDerivative) {
  // f = sum (x W^T)^3: its Hessian times v is 6 ((x W^T) * (v W^T)) W.
  const Tensor input = x.detach().requires_grad_(true), v = at::randn({GetParam(), 24});
  const Tensor first =
      torch::autograd::grad({Linear(weight, Tensor())(input).pow(3).sum()}, {input}, {}, true, true)[0];
  const Tensor second = torch::autograd::grad({(first * v).sum()}, {input})[0];
  const Tensor w = weight.to(torch::kFloat64), xw = at::matmul(x.to(torch::kFloat64), w.t()),
               vw = at::matmul(v.to(torch::kFloat64), w.t());
  const Tensor expected = 6 * at::matmul(xw * vw, w);
  EXPECT_LT((second.to(torch::kFloat64) - expected).abs().max().item<double>(),
            1e-5 * expected.abs().max().item<double>());
}

TEST_P(LinearTest, TakesDoublesToo) {
  const Tensor doubles = Linear(weight.to(torch::kFloat64), Tensor())(x.to(torch::kFloat64));
  EXPECT_EQ(doubles.scalar_type(), torch::kFloat64);
}

TEST_P(LinearTest, RoundsNoWorseForManyInputs) {
  const Tensor wide = at::randn({GetParam(), 1000}), w = at::randn({10, 1000});
  const Tensor exact = at::matmul(wide.to(torch::kFloat64), w.to(torch::kFloat64).t());
  const auto error = [&](const Tensor& y) {
    return (y.to(torch::kFloat64) - exact).square().mean().sqrt().item<double>();
  };
  EXPECT_LT(error(Linear(w, bias)(wide) - bias), 3e-5);
  EXPECT_LT(error(Linear(w, Tensor())(wide)), 2e-5);
}

INSTANTIATE_TEST_SUITE_P(FewAndManyRows, LinearTest, ::testing::Values(1, 63, 64, 129));

}  // namespace
}  // namespace neurox::model
