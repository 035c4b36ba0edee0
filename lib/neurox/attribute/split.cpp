#include "neurox/attribute/split.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// a(x) / x, at 0 its limit as near as it can be told.
Tensor ratio(model::Activation a, const Tensor& x) {
  constexpr double smallest = 1e-6;
  const Tensor y = x.masked_fill(x.abs() < smallest, smallest);
  return a(y) / y;
}

}  // namespace

Split split_bias(Tensor part, Tensor whole, const Tensor& bias, SplitRules rules) {
  if (!bias.defined()) return {std::move(part), std::move(whole)};
  switch (rules.bias) {
    case SplitRules::Bias::Rest:
      break;
    case SplitRules::Bias::Part:
      part = part + bias;
      break;
    case SplitRules::Bias::Shared: {
      const Tensor size = part.abs(), both = size + (whole - part).abs();
      part = part + bias * size / both.masked_fill(both == 0, 1.0);
      break;
    }
  }
  return {std::move(part), whole + bias};
}

Split split_linear(const Tensor& weight, const Tensor& bias, const Split& x, SplitRules rules) {
  return split_bias(at::linear(x.part, weight), at::linear(x.whole, weight), bias, rules);
}

Split split_norm(const model::Norm& norm, const Split& x, SplitRules rules) {
  const bool centred = norm.bias.defined();
  const Tensor squares = centred ? x.whole.var(-1, false, true) : x.whole.square().mean(-1, true);
  const Tensor scale = norm.weight / (squares + norm.eps).sqrt();
  const auto apply = [&](const Tensor& y) { return (centred ? y - y.mean(-1, true) : y) * scale; };
  return split_bias(apply(x.part), apply(x.whole), norm.bias, rules);
}

Split split_activation(model::Activation a, const Split& x, SplitRules rules) {
  const Tensor whole = a(x.whole);
  if (rules.activation == SplitRules::Activation::Ratio) return {x.part * ratio(a, x.whole), whole};
  const Tensor nothing = a(at::zeros({1}, x.whole.options()));
  return {0.5 * (a(x.part) - nothing + whole - a(x.rest())), whole};
}

Split split_gated(model::Activation a, const Split& gate, const Split& x, SplitRules rules) {
  const Tensor active = a(gate.whole), whole = active * x.whole;
  if (rules.activation == SplitRules::Activation::Ratio)
    return {0.5 * (gate.part * ratio(a, gate.whole) * x.whole + active * x.part), whole};
  return {0.5 * (a(gate.part) * x.part + whole - a(gate.rest()) * x.rest()), whole};
}

}  // namespace neurox::attribute
