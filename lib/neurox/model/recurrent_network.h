#pragma once

#include <vector>

#include "neurox/model/native_network.h"
#include "neurox/model/recurrent_cell.h"

namespace neurox::model {

/// LSTM or GRU layers over word embeddings, in one direction or both: a language model, a tagger, a
/// classifier of texts or pairs. Layer l has the sites of its cell (cell_sites) as `rnn.l.hook_i`, ...,
/// backwards `rnn.l.reverse.hook_i`, ...; with both directions the next layer reads [hook_h, reverse.hook_h].
///
/// A batch with a cache goes on from the states behind the earlier tokens and leaves its own there.
class RecurrentNetwork final : public NativeNetwork {
 public:
  RecurrentNetwork(const NetworkConfig& config, Weights& weights);
  bool keeps_state() const override { return config().task == Task::Next; }

  /// One direction of one layer.
  struct Direction {
    RecurrentCell cell;
    bool backwards;
    int first_site;
  };
  /// From the first layer on, each with one direction or both.
  const std::vector<std::vector<Direction>>& layers() const { return layers_; }

 private:
  torch::Tensor encode(const torch::Tensor& words, const Batch& batch,
                       const std::vector<std::int64_t>& lengths, Pass& pass) const override;

  std::vector<std::vector<Direction>> layers_;
};

}  // namespace neurox::model
