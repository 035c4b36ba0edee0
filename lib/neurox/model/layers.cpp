#include "neurox/model/layers.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "neurox/model/few_rows.h"

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
  using Reorder = Tensor(const Tensor&, std::optional<c10::SymInt>);
  c10::TypedOperatorHandle<Product> product;
  c10::TypedOperatorHandle<ProductPlus> product_plus;
  std::optional<c10::TypedOperatorHandle<Reorder>> reorder;

  /// Nothing where LibTorch was built without oneDNN, and on other machines than x86.
  static const std::optional<OneDnn>& find() {
    static const auto found = []() -> std::optional<OneDnn> {
#if defined(__x86_64__)
      auto& dispatcher = c10::Dispatcher::singleton();
      const auto product = dispatcher.findSchema({"mkldnn::_linear_pointwise", ""});
      const auto product_plus = dispatcher.findSchema({"mkldnn::_linear_pointwise", "binary"});
      const auto reorder = dispatcher.findSchema({"mkldnn::_reorder_linear_weight", ""});
      if (!at::Context::hasMKLDNN() || !product || !product_plus) return std::nullopt;
      OneDnn out{product->typed<Product>(), product_plus->typed<ProductPlus>(), std::nullopt};
      if (reorder) out.reorder = reorder->typed<Reorder>();
      return out;
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

/// W in parts of at most `longest_sum` inputs.
std::vector<Tensor> cut(const Tensor& weight) {
  std::vector<Tensor> parts;
  for (std::int64_t first = 0; first < weight.size(1); first += longest_sum)
    parts.push_back(weight.narrow(1, first, std::min(longest_sum, weight.size(1) - first)).contiguous());
  return parts;
}

/// Bytes that all reordered weights of this process may take together: beyond, they are reordered at each
/// use.
constexpr std::int64_t most_reordered = std::int64_t{512} << 20;
std::atomic<std::int64_t> reordered_bytes = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

Tensor onednn_linear(const Tensor& x, const std::vector<Tensor>& parts, const Tensor& bias) {
  const OneDnn& onednn = *OneDnn::find();
  const MaybeTensor maybe_bias = bias.defined() ? MaybeTensor(bias) : std::nullopt;
  if (parts.size() == 1) return onednn.product.call(x, parts.front(), maybe_bias, "none", Scalars(), "");
  Tensor y;
  std::int64_t first = 0;
  for (const Tensor& part : parts) {
    const Tensor some = x.narrow(1, first, part.size(1));
    y = y.defined() ? onednn.product_plus.call(some, y, part, std::nullopt, "add")
                    : onednn.product.call(some, part, maybe_bias, "none", Scalars(), "");
    first += part.size(1);
  }
  return y;
}

}  // namespace

/// One direction of a layer: the parts of W, in oneDNN's own order of numbers once they were used.
class ReorderedWeight {  // NOLINT(misc-use-internal-linkage): a member of what the header names
 public:
  explicit ReorderedWeight(Tensor weight) : weight_(std::move(weight)) {}
  ReorderedWeight(const ReorderedWeight&) = delete;
  ReorderedWeight& operator=(const ReorderedWeight&) = delete;
  ~ReorderedWeight() { reordered_bytes -= bytes_; }

  const Tensor& weight() const { return weight_; }

  /// @param rows  of a typical product
  std::vector<Tensor> parts(std::int64_t rows) {
    std::call_once(once_, [&] { reorder(rows); });
    return parts_.empty() ? cut(weight_) : parts_;
  }

 private:
  void reorder(std::int64_t rows) {
    const auto bytes = static_cast<std::int64_t>(weight_.nbytes());
    const OneDnn& onednn = *OneDnn::find();
    if (!onednn.reorder || reordered_bytes + bytes > most_reordered) return;
    reordered_bytes += bytes;
    bytes_ = bytes;
    const c10::InferenceMode outlives_any(false);
    const at::NoGradGuard is_data;
    for (const Tensor& part : cut(weight_)) parts_.push_back(onednn.reorder->call(part, rows));
  }

  Tensor weight_;
  std::once_flag once_;
  std::vector<Tensor> parts_;
  std::int64_t bytes_ = 0;
};

struct LinearProducts {
  explicit LinearProducts(const Tensor& weight) : forth(weight), back(weight.t()) {}
  ReorderedWeight forth, back;
};

namespace {

/// A layer as autograd's functions pass it on.
struct Layer : torch::CustomClassHolder {
  std::shared_ptr<LinearProducts> products;
  bool transposed = false;
  Tensor bias;

  ReorderedWeight& weight() const { return transposed ? products->back : products->forth; }
};

Tensor product(const Tensor& x, const c10::intrusive_ptr<Layer>& layer);

/// oneDNN's operators have no derivative of their own.
struct OneDnnLinear : torch::autograd::Function<OneDnnLinear> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x,
                        const c10::intrusive_ptr<Layer>& layer) {
    context->saved_data["layer"] =
        c10::IValue::make_capsule(c10::static_intrusive_pointer_cast<torch::CustomClassHolder>(layer));
    const at::AutoDispatchBelowAutograd below;
    return onednn_linear(x, layer->weight().parts(x.size(0)), layer->bias);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradient) {
    const auto layer = c10::static_intrusive_pointer_cast<Layer>(context->saved_data["layer"].toCapsule());
    const auto back = c10::make_intrusive<Layer>();
    back->products = layer->products;
    back->transposed = !layer->transposed;
    return {product(gradient[0], back), Tensor()};
  }
};

Tensor product(const Tensor& x, const c10::intrusive_ptr<Layer>& layer) {
  const Tensor& weight = layer->weight().weight();
  if (suits_few_rows(x, weight)) return few_rows_linear(x, weight, layer->bias);
  if (!suits_onednn(x, weight)) return at::linear(x, weight, layer->bias);
  if (at::GradMode::is_enabled() && x.requires_grad()) return OneDnnLinear::apply(x, layer);
  return onednn_linear(x, layer->weight().parts(x.size(0)), layer->bias);
}

}  // namespace

Linear::Linear(torch::Tensor w, torch::Tensor b)
    : weight(std::move(w)),
      bias(std::move(b)),
      products_(weight.defined() ? std::make_shared<LinearProducts>(weight) : nullptr) {}

torch::Tensor Linear::operator()(const torch::Tensor& x) const {
  const auto layer = c10::make_intrusive<Layer>();
  layer->products = products_;
  layer->bias = bias;
  return product(x, layer);
}

Linear Linear::load(Weights& weights, const std::string& scope, const Shape& shape) {
  torch::Tensor weight, bias;
  if (shape.layout == LinearLayout::InOut) {
    weight = weights.take(scope + ".weight", {shape.inputs, shape.outputs}, shape.init);
    if (weight.defined()) weight = weight.t();
  } else {
    weight = weights.take(scope + ".weight", {shape.outputs, shape.inputs}, shape.init);
  }
  const std::int64_t outputs = weight.defined() ? weight.size(0) : shape.outputs;
  if (shape.bias) bias = weights.take(scope + ".bias", {outputs}, Init::Zeros);
  return {weight, bias};
}

Norm Norm::load(Weights& weights, const std::string& scope, const ModelConfig& config) {
  return load(weights, scope, config, config.width);
}

Norm Norm::load(Weights& weights, const std::string& scope, const ModelConfig& config, std::int64_t width) {
  Norm out;
  out.eps = config.norm_eps;
  const bool plus_one = config.architecture->norm_plus_one;
  out.weight = weights.take(scope + ".weight", {width}, plus_one ? Init::Zeros : Init::Ones);
  if (plus_one && out.weight.defined()) out.weight = out.weight + 1;
  if (config.architecture->norm == NormKind::LayerNorm)
    out.bias = weights.take(scope + ".bias", {width}, Init::Zeros);
  return out;
}

torch::Tensor Norm::operator()(const torch::Tensor& x) const {
  return bias.defined() ? at::layer_norm(x, weight.sizes(), weight, bias, eps)
                        : at::rms_norm(x, weight.sizes(), weight, eps);
}

}  // namespace neurox::model
