#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/row_source.h"

namespace neurox {

struct Split {
  std::vector<Index> train, held_out;  ///< rows, ascending
};

/// Splits tokens by sentence: whole sentences are held out until at least `share` of the tokens is.
///
/// @param sentences  #tokens sentence ids; equal ids belong together wherever they stand
/// @param share      of the tokens to hold out, in (0, 1)
/// Sentences are ordered by a hash of (seed, id): the same seed gives the same split, whatever the order of
/// the rows. At least one sentence stays on each side.
/// @throws Error{Usage} when share is out of range; Error{Input} with fewer than two sentences
Split split_by_sentence(std::span<const std::int32_t> sentences, double share, std::uint64_t seed);

/// Chosen rows of another source, read by runs of neighbouring rows. Keeps references: both must outlive it.
class RowSubset final : public RowSource {
 public:
  /// @throws Error{Input} when a row is out of range or rows do not ascend
  RowSubset(const RowSource& source, std::span<const Index> rows);
  Index rows() const override { return static_cast<Index>(rows_.size()); }
  Index cols() const override { return source_.cols(); }
  void read(Index first, MatrixFOut out) const override;

 private:
  const RowSource& source_;
  std::span<const Index> rows_;
};

/// The entries of `values` at `rows`.
std::vector<int> take(std::span<const int> values, std::span<const Index> rows);

}  // namespace neurox
