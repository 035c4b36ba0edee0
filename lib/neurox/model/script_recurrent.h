#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "neurox/model/recurrent_cell.h"

namespace neurox::model {

/// A call of nn.LSTM or nn.GRU inside a TorchScript file, on tensors that are not packed.
struct RecurrentCall {
  CellKind kind = CellKind::Lstm;
  std::string path;  ///< of the module
  torch::Tensor input;
  std::vector<torch::Tensor> states;      ///< h, and c of an LSTM: #layers*directions x #sentences x width
  std::vector<torch::Tensor> parameters;  ///< as PyTorch lays them out, direction after direction
  bool biases = true, bidirectional = false, words_second = false;  ///< words_second: batch_first
  std::int64_t layers = 1;

  std::int64_t directions() const { return bidirectional ? 2 : 1; }
  /// Whether its cells are ours: not with projected states.
  bool is_known() const;
  /// The site of a cell: `PATH.hook_c`; of several layers `PATH.1.hook_c`; backwards `PATH.reverse.hook_c`.
  std::string site(std::int64_t layer, bool backwards, std::size_t site) const;
  /// Rows of the words of all sentences, sentence after sentence, as a tensor like the output, and back.
  torch::Tensor from_rows(const torch::Tensor& rows) const;
  torch::Tensor to_rows(const torch::Tensor& x) const;

  /// The output and the last states, by LibTorch.
  std::vector<torch::Tensor> by_torch() const;
  /// The same word by word, with somebody who listens to each cell.
  using Listeners = std::function<std::unique_ptr<CellListener>(std::int64_t layer, bool backwards)>;
  std::vector<torch::Tensor> by_steps(const Listeners& listeners) const;
};

}  // namespace neurox::model
