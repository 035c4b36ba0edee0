#pragma once

#include <functional>
#include <span>
#include <vector>

#include "neurox/core/row_source.h"

namespace neurox {

/// Columns [first, first + width) of another source, e.g. one site's.
struct ColumnRange {
  Index first = 0;
  Index width = 0;
};

/// A range of columns as a RowSource of its own. Keeps a reference: the source must outlive it.
class ColumnSlice final : public RowSource {
 public:
  /// @throws Error{Input} when the range does not lie within the source
  ColumnSlice(const RowSource& source, ColumnRange range);
  Index rows() const override { return source_.rows(); }
  Index cols() const override { return range_.width; }
  void read(Index first, MatrixFOut out) const override;

 private:
  const RowSource& source_;
  ColumnRange range_;
};

/// Calls `f(i, slice)` for each range of columns in turn, reading the source as seldom as `memory_bytes`
/// allows: as many slices as fit are loaded in one read of the source; a slice larger than that is passed
/// unloaded.
void for_each_slice(const RowSource& source, std::span<const ColumnRange> ranges, std::int64_t memory_bytes,
                    const std::function<void(std::size_t, const RowSource&)>& f);

}  // namespace neurox
