#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox {

/// Each neuron's values replaced by their ranks among its distinct values: what a tree sees of them.
class ForestColumns {
 public:
  /// @param X  #tokens x #neurons, finite; a reference is kept
  explicit ForestColumns(const MatrixF& X);

  const MatrixF& values() const { return X_; }
  Index rows() const { return X_.rows(); }
  Index cols() const { return X_.cols(); }
  const std::uint32_t* codes(Index neuron) const { return codes_.data() + neuron * X_.rows(); }
  std::uint32_t distinct(Index neuron) const { return distinct_[static_cast<std::size_t>(neuron)]; }

 private:
  const MatrixF& X_;
  std::vector<std::uint32_t> codes_;  ///< #neurons x #tokens
  std::vector<std::uint32_t> distinct_;
};

/// Sorts by the upper 32 bits, of which the lowest `bits` may be set; equal ones keep their order. `spare` is
/// as long as `items`; the sorted items end in one of the two, which is returned.
std::uint64_t* sort_items(std::span<std::uint64_t> items, std::span<std::uint64_t> spare, int bits);

}  // namespace neurox
