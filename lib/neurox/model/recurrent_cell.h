#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "neurox/model/layers.h"
#include "neurox/model/packed_order.h"

namespace neurox::model {

enum class CellKind { Lstm, Gru };

/// The sites of a cell in the order of computation, all of the cell's width:
///
///     LSTM  hook_i  sigmoid(W_i x + U_i h' + b_i)   input gate        h', c': those of the word before
///           hook_f  sigmoid(W_f x + U_f h' + b_f)   forget gate
///           hook_g  tanh(W_g x + U_g h' + b_g)      candidate
///           hook_o  sigmoid(W_o x + U_o h' + b_o)   output gate
///           hook_c  f c' + i g                      cell
///           hook_h  o tanh(c)                       hidden state, what the layer returns
///     GRU   hook_r  sigmoid(W_r x + U_r h' + b_r)   reset gate
///           hook_z  sigmoid(W_z x + U_z h' + b_z)   update gate
///           hook_n  tanh(W_n x + b_n + r (U_n h' + d_n))   candidate
///           hook_h  (1 - z) n + z h'                hidden state
std::span<const std::string_view> cell_sites(CellKind kind);
/// Gates whose weights lie one above the other: i f g o, or r z n (PyTorch's order).
std::int64_t gates_of(CellKind kind);

/// Who listens inside a cell. Rows are tokens in the order of the sentences; `site` counts in cell_sites.
///
/// A cell runs word by word, and an edit acts on each word before the next one is computed. It is asked for
/// the rows of a step; where it needs all (Hooks::RowEdit), it is called with a matrix of all tokens in which
/// only those rows are filled, the others zero, so that it finds a word at its own row.
class CellListener {
 public:
  virtual ~CellListener() = default;
  virtual bool edits(int site) const = 0;
  virtual bool observes(int site) const = 0;
  virtual torch::Tensor edited(int site, const torch::Tensor& rows) const = 0;
  /// Of a step's rows, whose numbers are given; nothing where all are needed.
  virtual std::optional<torch::Tensor> edited_rows(int, const torch::Tensor&, const torch::Tensor&) const {
    return std::nullopt;
  }
  /// Returns the same numbers as the tensor that goes on: a gradient by what was shown is one by it.
  virtual torch::Tensor show(int site, const torch::Tensor& rows) const = 0;

 protected:
  CellListener() = default;
  CellListener(const CellListener&) = default;
  CellListener& operator=(const CellListener&) = default;
};

/// Weights of one direction of one layer.
struct RecurrentCell {
  CellKind kind = CellKind::Lstm;
  Linear input;   ///< gates*width x #inputs; an LSTM's bias is the sum of the two that PyTorch keeps
  Linear hidden;  ///< gates*width x width; with a bias in a GRU alone

  /// @param input_bias, hidden_bias  may be undefined
  static RecurrentCell of(CellKind kind, const torch::Tensor& input, const torch::Tensor& hidden,
                          const torch::Tensor& input_bias, const torch::Tensor& hidden_bias);
  std::int64_t width() const { return hidden.weight.size(1); }
};

/// #sentences x width; undefined: zero.
struct CellState {
  torch::Tensor h, c;  ///< c of an LSTM alone
};

struct CellRun {
  torch::Tensor out;  ///< hidden states, #tokens x width, in the order of the sentences
  CellState last;     ///< behind each sentence's last step
};

/// Runs a cell over sentences from a state: one product for the input side of all tokens, one a step for the
/// recurrent side.
///
/// With gradients wanted, what an observer sees is what the layer goes on with at every word, so that a
/// gradient by it is that with the site held and all before it passed by: site after site the cell is run
/// again, with what was shown in the place of what it would compute.
/// @param x         #tokens x #inputs
/// @param listener  or nullptr
CellRun run_cell(const RecurrentCell& cell, const torch::Tensor& x, const PackedOrder& order,
                 const CellState& state, const CellListener* listener);

}  // namespace neurox::model
