#include "neurox/model/activation.h"

#include <vector>

namespace neurox::model {
namespace {

struct Row {
  std::string_view name;
  Activation function;
};

torch::Tensor gelu(const torch::Tensor& x) {
  return at::gelu(x, "none");
}
torch::Tensor gelu_tanh(const torch::Tensor& x) {
  return at::gelu(x, "tanh");
}
torch::Tensor quick_gelu(const torch::Tensor& x) {
  return x * at::sigmoid(1.702 * x);
}
torch::Tensor relu(const torch::Tensor& x) {
  return at::relu(x);
}
torch::Tensor relu_squared(const torch::Tensor& x) {
  return at::square(at::relu(x));
}
torch::Tensor silu(const torch::Tensor& x) {
  return at::silu(x);
}
torch::Tensor tanh_of(const torch::Tensor& x) {
  return at::tanh(x);
}
torch::Tensor sigmoid(const torch::Tensor& x) {
  return at::sigmoid(x);
}
torch::Tensor identity(const torch::Tensor& x) {
  return x;
}

// The names are those of transformers' table of activations.
constexpr Row activations[] = {
    {"gelu", gelu},
    {"gelu_python", gelu},
    {"gelu_new", gelu_tanh},
    {"gelu_fast", gelu_tanh},
    {"gelu_pytorch_tanh", gelu_tanh},
    {"quick_gelu", quick_gelu},
    {"relu", relu},
    {"relu2", relu_squared},
    {"silu", silu},
    {"swish", silu},
    {"tanh", tanh_of},
    {"sigmoid", sigmoid},
    {"linear", identity},
};

}  // namespace

Activation find_activation(std::string_view name) {
  for (const Row& row : activations)
    if (row.name == name) return row.function;
  return nullptr;
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const Row& row : activations) names.emplace_back(row.name);
  return names;
}

}  // namespace neurox::model
