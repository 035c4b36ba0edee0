#include "neurox/model/layers.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace neurox::model {
namespace {

using at::Tensor;
using MaybeTensor = std::optional<Tensor>;
using Scalars = c10::List<std::optional<at::Scalar>>;
using Word = std::optional<std::string_view>;

/// oneDNN's products, x W^T + b and x W^T + b + y, which no C++ header declares. at::linear goes to MKL,
/// whose AVX-512 kernels are for Intel's processors alone (AMD's run at 2.2 to 2.4 times its speed here).
struct OneDnn {
  using Product = Tensor(const Tensor&, const Tensor&, const MaybeTensor&, std::string_view, Scalars, Word);
  using ProductPlus = Tensor(const Tensor&, const Tensor&, const Tensor&, const MaybeTensor&,
                             std::string_view);
  c10::TypedOperatorHandle<Product> product;
  c10::TypedOperatorHandle<ProductPlus> product_plus;

  /// Nothing where LibTorch was built without oneDNN, and on other machines than x86.
  static const std::optional<OneDnn>& find() {
    static const auto found = []() -> std::optional<OneDnn> {
#if defined(__x86_64__)
      auto& dispatcher = c10::Dispatcher::singleton();
      const auto product = dispatcher.findSchema({"mkldnn::_linear_pointwise", ""});
      const auto product_plus = dispatcher.findSchema({"mkldnn::_linear_pointwise", "binary"});
      if (at::Context::hasMKLDNN() && product && product_plus)
        return OneDnn{product->typed<Product>(), product_plus->typed<ProductPlus>()};
#endif
      return std::nullopt;
    }();
    return found;
  }
};

/// Fewer rows than these are not worth reordering the weights for.
constexpr std::int64_t fewest_rows = 64;
/// Its sums run from the first input to the last in one float, MKL's over a few hundred at a time: cut
/// likewise, lest rounding errors double.
constexpr std::int64_t longest_sum = 384;

bool suits_onednn(const Tensor& x, const Tensor& weight) {
  return x.device().is_cpu() && x.scalar_type() == torch::kFloat32 &&
         weight.scalar_type() == torch::kFloat32 && x.dim() == 2 && x.size(0) >= fewest_rows &&
         x.size(1) > 0 && weight.size(0) > 0 && at::globalContext().userEnabledMkldnn() && OneDnn::find();
}

Tensor onednn_linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const OneDnn& onednn = *OneDnn::find();
  const MaybeTensor maybe_bias = bias.defined() ? MaybeTensor(bias) : std::nullopt;
  const std::int64_t inputs = x.size(1);
  if (inputs <= longest_sum) return onednn.product.call(x, weight, maybe_bias, "none", Scalars(), "");
  Tensor y;
  for (std::int64_t first = 0; first < inputs; first += longest_sum) {
    const std::int64_t count = std::min(longest_sum, inputs - first);
    const Tensor some = x.narrow(1, first, count), rows = weight.narrow(1, first, count).contiguous();
    y = y.defined() ? onednn.product_plus.call(some, y, rows, std::nullopt, "add")
                    : onednn.product.call(some, rows, maybe_bias, "none", Scalars(), "");
  }
  return y;
}

/// What is no variable of the derivative.
struct Fixed {
  Tensor weight, bias;
};

/// oneDNN's operators have no derivative of their own.
struct OneDnnLinear : torch::autograd::Function<OneDnnLinear> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Fixed& fixed) {
    context->saved_data["weight"] = fixed.weight;
    const at::AutoDispatchBelowAutograd below;
    return onednn_linear(x, fixed.weight, fixed.bias);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradient) {
    const Tensor weight = context->saved_data["weight"].toTensor();
    return {model::linear(gradient[0], weight.t(), Tensor()), Tensor()};
  }
};

}  // namespace

torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  if (!suits_onednn(x, weight)) return at::linear(x, weight, bias);
  if (at::GradMode::is_enabled() && x.requires_grad()) return OneDnnLinear::apply(x, Fixed{weight, bias});
  return onednn_linear(x, weight, bias);
}

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
