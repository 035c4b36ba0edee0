#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "neurox/model/architecture.h"
#include "neurox/model/weights.h"

namespace neurox::model {

struct LinearProducts;

/// y = x W^T + b, with W #outputs x #inputs, on the fastest kernel at hand. Differentiable, twice too, in x
/// alone: weights are data.
struct Linear {
  torch::Tensor weight, bias;  ///< bias undefined: none

  Linear() = default;
  Linear(torch::Tensor weight, torch::Tensor bias);

  struct Shape {
    std::int64_t inputs, outputs;  ///< outputs -1: as many as the checkpoint has
    bool bias = true;
    LinearLayout layout = LinearLayout::OutIn;
    Init init = Init::Normal;
  };
  static Linear load(Weights& weights, const std::string& scope, const Shape& shape);

  /// @param x  #rows x #inputs
  torch::Tensor operator()(const torch::Tensor& x) const;
  std::int64_t outputs() const { return weight.size(0); }
  explicit operator bool() const { return weight.defined(); }

 private:
  std::shared_ptr<LinearProducts> products_;  ///< shared by copies
};

/// LayerNorm, (x - mean) / sqrt(variance + eps) * weight + bias over the last axis, or
/// RMSNorm, x / sqrt(mean(x^2) + eps) * weight.
struct Norm {
  torch::Tensor weight, bias;  ///< bias undefined for RMSNorm
  double eps = 0;

  static Norm load(Weights& weights, const std::string& scope, const ModelConfig& config);
  static Norm load(Weights& weights, const std::string& scope, const ModelConfig& config, std::int64_t width);

  torch::Tensor operator()(const torch::Tensor& x) const;
  explicit operator bool() const { return weight.defined(); }
};

}  // namespace neurox::model
