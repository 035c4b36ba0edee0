#pragma once

#include <ATen/core/ivalue.h>
#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "neurox/model/script_recurrent.h"

namespace neurox::model {

/// The forward pass of a TorchScript file as one flat graph, with a tap behind every call of a submodule's
/// forward. What lies between the modules is run as it is, so values and gradients are those of the file.
class ScriptGraph {
 public:
  struct Argument {
    std::string name;
    bool tensor = false;    ///< takes a tensor
    bool optional = false;  ///< may be left out
  };
  /// @param path   of the module: `windows.0.act`
  /// @param value  what its call returned; what the tap returns goes on in its place
  using Tap = std::function<c10::IValue(const std::string& path, c10::IValue value)>;
  /// Computes the output and the last states of an LSTM or GRU in LibTorch's place.
  using CellTap = std::function<std::vector<torch::Tensor>(const RecurrentCall& call)>;

  /// Loads for inference: no training mode, no gradients of weights.
  /// @throws Error{Input} for a file that is no TorchScript, and for one without inner modules (frozen ones
  /// have none left)
  ScriptGraph(const std::filesystem::path& file, torch::Device device);
  ~ScriptGraph();
  ScriptGraph(ScriptGraph&&) noexcept;

  /// Of forward, without the module itself.
  const std::vector<Argument>& arguments() const;
  /// @throws what the taps throw; Error{Numeric} for what fails inside the module
  c10::IValue run(std::vector<c10::IValue> inputs, const Tap& tap, const CellTap& cells) const;

  /// The matrix `weight` of a module that looks rows up in it, undefined where it has none.
  torch::Tensor table_of(const std::string& path) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The tensor that a result stands for: itself, the first of a tuple, a dictionary's `logits`; undefined
/// where there is none.
torch::Tensor first_tensor(const c10::IValue& value);
/// The result with another tensor in its place.
c10::IValue with_first_tensor(const c10::IValue& value, const torch::Tensor& x);

}  // namespace neurox::model
