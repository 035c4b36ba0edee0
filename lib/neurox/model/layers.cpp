#include "neurox/model/layers.h"

namespace neurox::model {

Linear Linear::load(Weights& weights, const std::string& scope, const Shape& shape) {
  Linear out;
  if (shape.layout == LinearLayout::InOut) {
    out.weight = weights.take(scope + ".weight", {shape.inputs, shape.outputs}, shape.init);
    if (out.weight.defined()) out.weight = out.weight.t();
  } else {
    out.weight = weights.take(scope + ".weight", {shape.outputs, shape.inputs}, shape.init);
  }
  const std::int64_t outputs = out.weight.defined() ? out.weight.size(0) : shape.outputs;
  if (shape.bias) out.bias = weights.take(scope + ".bias", {outputs}, Init::Zeros);
  return out;
}

Norm Norm::load(Weights& weights, const std::string& scope, const ModelConfig& config) {
  Norm out;
  out.eps = config.norm_eps;
  out.weight = weights.take(scope + ".weight", {config.width}, Init::Ones);
  if (config.architecture->norm == NormKind::LayerNorm)
    out.bias = weights.take(scope + ".bias", {config.width}, Init::Zeros);
  return out;
}

torch::Tensor Norm::operator()(const torch::Tensor& x) const {
  return bias.defined() ? at::layer_norm(x, weight.sizes(), weight, bias, eps)
                        : at::rms_norm(x, weight.sizes(), weight, eps);
}

}  // namespace neurox::model
