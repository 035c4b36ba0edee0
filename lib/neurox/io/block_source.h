#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "neurox/core/row_source.h"

namespace neurox::io {

/// A RowSource that can read some of its columns cheaper than all of them.
class BlockSource : public RowSource {
 public:
  /// Fills `out` with rows first_row.., columns first_column.. of the matrix.
  virtual void read_block(Index first_row, Index first_column, MatrixFOut out) const = 0;
  /// Blocks of this many columns, from column 0, are what it reads best.
  virtual Index block_columns() const { return cols(); }
  /// Bands of this many rows, from row 0, likewise.
  virtual Index block_rows() const { return 1024; }
  void read(Index first, MatrixFOut out) const override { read_block(first, 0, out); }
};

/// These columns of a source, in this order.
/// @throws Error{Usage} when one is out of range
std::unique_ptr<RowSource> select_columns(std::shared_ptr<const BlockSource> source,
                                          const std::vector<std::int64_t>& columns);

/// These rows (in any order, each any number of times) of these columns (empty: all). Whole bands are read,
/// each once per call of read() where it holds a wanted row: ascending rows pass over the file once.
std::unique_ptr<RowSource> select_rows(std::shared_ptr<const BlockSource> source,
                                       std::vector<std::int64_t> rows, std::vector<std::int64_t> columns);

}  // namespace neurox::io
