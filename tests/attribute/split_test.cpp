#include "neurox/attribute/split.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;
using Activation = SplitRules::Activation;
using Bias = SplitRules::Bias;

Tensor as_row(std::vector<double> x) {
  return torch::tensor(x, torch::kFloat64).unsqueeze(0);
}
double number_in(const Tensor& x) {
  return x.item<double>();
}
constexpr SplitRules ratio_rules{Activation::Ratio, Bias::Rest};

TEST(Split, ABiasIsSharedBySize) {
  // x = (1, 2), part (1, 0), rest (0, 2); W = (3, -1): part 3, rest -2; bias 10 goes 3 : 2.
  const Split x{as_row({1, 0}), as_row({1, 2})};
  const Tensor weight = as_row({3, -1}), bias = torch::tensor({10.0}, torch::kFloat64);
  const Split shared = split_linear(weight, bias, x, {});
  EXPECT_DOUBLE_EQ(number_in(shared.part), 3 + 6);
  EXPECT_DOUBLE_EQ(number_in(shared.rest()), -2 + 4);
  EXPECT_DOUBLE_EQ(number_in(split_linear(weight, bias, x, ratio_rules).part), 3);
  EXPECT_DOUBLE_EQ(number_in(split_linear(weight, bias, x, {Activation::Ratio, Bias::Part}).part), 13);
  EXPECT_DOUBLE_EQ(number_in(split_linear(weight, {}, x, {}).part), 3);
  const Split nothing = split_linear(weight, bias, {as_row({0, 0}), as_row({0, 0})}, {});
  EXPECT_EQ(number_in(nothing.part), 0);
  EXPECT_EQ(number_in(nothing.whole), 10);
}
TEST(Split, AnActivationsShareIsAShapleyValueOrARatio) {
  // relu of part -1 and rest 3: 1/2 [relu(-1) + relu(2) - relu(3)] = -1/2; the rest has 1/2 [3 + 2 - 0] =
  // 5/2.
  const model::Activation relu = model::find_activation("relu");
  const Split x{as_row({-1}), as_row({2})};
  EXPECT_DOUBLE_EQ(number_in(split_activation(relu, x, {}).part), -0.5);
  EXPECT_DOUBLE_EQ(number_in(split_activation(relu, x, {}).rest()), 2.5);
  EXPECT_DOUBLE_EQ(number_in(split_activation(relu, x, ratio_rules).part), -1) << "relu(2) / 2 = 1";
  // sigmoid(0) = 1/2 belongs to nobody: it stays with the rest.
  const model::Activation sigmoid = model::find_activation("sigmoid");
  EXPECT_DOUBLE_EQ(number_in(split_activation(sigmoid, {as_row({0}), as_row({0})}, {}).part), 0);
  EXPECT_NEAR(
      number_in(
          split_activation(model::find_activation("gelu"), {as_row({4}), as_row({0})}, ratio_rules).part),
      2, 1e-5)
      << "gelu(x) / x is 1/2 at 0";
}
TEST(Split, AGatedProductIsShared) {
  // relu(gate) * x, gate = 1 + 2, x = 5 + 7: whole 36, part alone 5, rest alone 14: 1/2 [5 + 36 - 14].
  const model::Activation relu = model::find_activation("relu");
  const Split gate{as_row({1}), as_row({3})}, x{as_row({5}), as_row({12})};
  EXPECT_DOUBLE_EQ(number_in(split_gated(relu, gate, x, {}).part), 13.5);
  // By halves: gate's part 1 * 12, x's part 3 * 5.
  EXPECT_DOUBLE_EQ(number_in(split_gated(relu, gate, x, ratio_rules).part), 13.5);
  EXPECT_DOUBLE_EQ(number_in(split_gated(relu, {as_row({1}), as_row({-3})}, x, ratio_rules).part), 0);
}
TEST(Split, ANormHoldsItsScale) {
  // (1, 3): mean 2, deviation 1. Part (1, 0): (1 - 1/2, 0 - 1/2).
  model::Norm norm;
  norm.weight = torch::tensor({2.0, 4.0}, torch::kFloat64);
  norm.bias = torch::tensor({1.0, 1.0}, torch::kFloat64);
  const Split x{as_row({1, 0}), as_row({1, 3})};
  const Split y = split_norm(norm, x, ratio_rules);
  EXPECT_TRUE(at::allclose(y.part, as_row({1, -2})));
  EXPECT_TRUE(at::allclose(y.whole, norm(x.whole)));
  // RMSNorm: sqrt((1 + 9) / 2) = sqrt(5).
  norm.bias = Tensor();
  const Split z = split_norm(norm, x, {});
  EXPECT_TRUE(at::allclose(z.part, as_row({2 / std::sqrt(5.0), 0})));
  EXPECT_TRUE(at::allclose(z.whole, as_row({2 / std::sqrt(5.0), 12 / std::sqrt(5.0)})));
}

}  // namespace
}  // namespace neurox::attribute
