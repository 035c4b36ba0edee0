#pragma once

#include <ATen/core/ivalue.h>
#include <torch/types.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "neurox/model/script_graph.h"
#include "neurox/model/script_layout.h"
#include "neurox/model/script_settings.h"

namespace neurox::model {

/// What each argument of a TorchScript forward is, told by its name or by the settings, and the values for
/// sentences of one length.
class ScriptInputs {
 public:
  /// @throws Error{Input} for an argument that is not known or no tensor, and when not one or two of them are
  /// token ids
  ScriptInputs(const std::filesystem::path& file, const std::vector<ScriptGraph::Argument>& arguments,
               const ScriptSettings& settings);

  /// 1, or 2 where forward takes a pair.
  std::size_t texts() const { return texts_; }
  bool has_mask() const { return has(Kind::Mask); }
  bool has_types() const { return has(Kind::Types); }
  void set_mask_type(torch::ScalarType type) { mask_type_ = type; }

  /// @param ids      #sentences x words of all texts
  /// @param types    likewise, or undefined: all 0
  /// @param lengths  words of each text
  std::vector<c10::IValue> make(const torch::Tensor& ids, const torch::Tensor& types,
                                const ScriptLayout::Lengths& lengths) const;

 private:
  enum class Kind { Ids, Mask, Lengths, Types, Positions };
  /// The second of its kind is the second text's.
  struct Input {
    Kind kind;
    std::size_t text;
  };
  void add(Kind kind);
  bool has(Kind kind) const {
    return std::any_of(inputs_.begin(), inputs_.end(), [&](const Input& x) { return x.kind == kind; });
  }

  std::vector<Input> inputs_;
  std::size_t texts_ = 0;
  torch::ScalarType mask_type_ = torch::kInt64;
};

}  // namespace neurox::model
