#pragma once

#include <array>
#include <vector>

#include "neurox/model/native_network.h"
#include "neurox/model/recurrent_cell.h"

namespace neurox::model {

/// A recurrent encoder and decoder without attention: one network that reads the source with one cell and,
/// from the state behind it, the target with another. Tokens of ids below `source_size` are the source's and
/// stand first; logits count behind the target's tokens alone (at the source's every row is the same).
///
/// Sites: the cells' (cell_sites) as `encoder.hook_r`, ... and `decoder.hook_r`, ...; at each the rows of the
/// other's tokens are zero and without effect.
class RecurrentTransducer final : public NativeNetwork {
 public:
  RecurrentTransducer(const NetworkConfig& config, Weights& weights);
  bool keeps_state() const override { return true; }

 private:
  torch::Tensor encode(const torch::Tensor& words, const Batch& batch,
                       const std::vector<std::int64_t>& lengths, Pass& pass) const override;
  struct Part {
    RecurrentCell cell;
    int first_site;
  };
  std::array<Part, 2> parts_;  ///< encoder, decoder
};

}  // namespace neurox::model
