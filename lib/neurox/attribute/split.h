#pragma once

#include <torch/types.h>

#include "neurox/model/activation.h"
#include "neurox/model/layers.h"

namespace neurox::attribute {

/// What a layer holds, cut in two: a part, whose way to the output is followed, and the rest. Many parts go
/// together; the whole is the same for all.
struct Split {
  torch::Tensor part;   ///< #parts x ... x width
  torch::Tensor whole;  ///< 1 x ... x width: part + rest

  torch::Tensor rest() const { return whole - part; }
};

/// How a layer's output is cut, given how its input is. In every rule part and rest add up to what the layer
/// gives for the whole.
struct SplitRules {
  /// Functions a(x) of single numbers, and the product of a gated MLP.
  enum class Activation {
    Shapley,  ///< 1/2 [a(part) - a(0) + a(whole) - a(rest)]: the Shapley value of the part
    Ratio     ///< part * a(whole) / whole; of a product each factor gets half: linear in the part
  } activation = Activation::Shapley;
  /// Biases of linear layers and norms.
  enum class Bias {
    Shared,  ///< by size, |part| / (|part| + |rest|) of it to the part (none where both are 0)
    Rest,    ///< to the rest
    Part     ///< to the part
  } bias = Bias::Shared;
};

/// Adds a bias to what is cut already.
/// @param bias  or undefined
Split split_bias(torch::Tensor part, torch::Tensor whole, const torch::Tensor& bias, SplitRules rules);

/// x W^T + b.
/// @param bias  or undefined
Split split_linear(const torch::Tensor& weight, const torch::Tensor& bias, const Split& x, SplitRules rules);
inline Split split_linear(const model::Linear& layer, const Split& x, SplitRules rules) {
  return split_linear(layer.weight, layer.bias, x, rules);
}

/// The scale, one over the standard deviation (or root mean square) of the whole, is held: linear but for the
/// bias.
Split split_norm(const model::Norm& norm, const Split& x, SplitRules rules);

Split split_activation(model::Activation a, const Split& x, SplitRules rules);
/// a(gate) * x.
Split split_gated(model::Activation a, const Split& gate, const Split& x, SplitRules rules);

}  // namespace neurox::attribute
