#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "neurox/core/row_source.h"

namespace neurox {

/// Mean and standard deviation (ddof 0) of each neuron, and which neurons do not vary.
struct Standardisation {
  VectorD mean, scale;      ///< #neurons; scale is 1 where dead
  std::vector<Index> dead;  ///< standard deviation below 1e-6, ascending
};

/// One read of X.
/// @throws Error{Input} when X has no rows or columns, or an entry is not finite (says row and neuron)
Standardisation measure_columns(const RowSource& X);

/// Rows z = (x - mean) / scale, with 0 in dead columns: kept in memory when they fit, else made again from
/// the source on every pass. Either way the same floats.
class StandardRows {
 public:
  /// Rows of a band that one task works on; sums over rows are made band by band in this size.
  static constexpr Index kBand = 512;

  /// Keeps a reference to X when the rows do not fit in memory_bytes.
  StandardRows(const RowSource& X, const Standardisation& stats, std::int64_t memory_bytes);
  /// Rows that are standardised already.
  explicit StandardRows(MatrixF Z);

  Index rows() const { return rows_; }
  Index cols() const { return cols_; }

  /// Calls `f(first_row, Z)` for consecutive groups of rows; every group begins at a multiple of kBand.
  void for_each_group(const std::function<void(Index, MatrixFRef)>& f) const;

  /// Chosen rows (ascending) as a matrix.
  MatrixF gather(std::span<const Index> chosen) const;

 private:
  void standardise(MatrixFOut Z) const;

  Index rows_ = 0, cols_ = 0, group_rows_ = 0;
  const RowSource* source_ = nullptr;  ///< set when rows are not in Z_
  Eigen::RowVectorXf mean_, inverse_;
  MatrixF Z_;
};

}  // namespace neurox
