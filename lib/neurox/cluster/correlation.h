#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "neurox/cluster/linkage.h"
#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"

namespace neurox {

/// Columns that vary, and those whose values are all equal, which correlate with nothing.
struct VaryingColumns {
  std::vector<Index> varying, constant;  ///< ascending
  VectorD mean, deviation;               ///< of the varying ones; standard deviation, divides by n
};

/// One pass. @throws Error{Input} with fewer than two rows
VaryingColumns varying_columns(const RowSource& X, Progress& progress);

struct CorrelationOptions {
  bool absolute = true;                              ///< 1 - |r| rather than 1 - r
  std::int64_t panel_bytes = std::int64_t{2} << 30;  ///< of the matrix that are added to at a time
  Progress* progress = nullptr;
};

/// Distances of columns by Pearson's correlation over the rows: 1 - |r| in [0, 1], or 1 - r in [0, 2].
///
/// @param X        #rows x #columns activations, finite
/// @param columns  of X; only the varying ones take part
/// @param out      #varying x #varying, filled whole; the diagonal is 0
/// Not done: ranks (rank_columns makes Spearman's of it).
/// Sums are in float32 over standardised values: r is right to about 1e-7 times the root of #rows / 512.
/// Cost: O(rows columns^2 / 2) time in products of matrices. One pass over X where the whole matrix fits in
/// panel_bytes, else one for each panel of rows of it that does.
void correlation_distances(const RowSource& X, const VaryingColumns& columns,
                           const CorrelationOptions& options, const SquareMatrix& out);

/// Ranks of values, 1 the least; ties share the mean of theirs.
void rank_values(std::span<const float> values, std::span<float> ranks);

/// Memory for so many floats, for as long as it is held: in RAM, or a mapped file where that is too small.
using ScratchMaker = std::function<std::shared_ptr<float>(std::int64_t floats)>;

/// In RAM, whatever it takes.
ScratchMaker plain_scratch();

/// The lower triangle of a symmetric matrix, row after row, without the diagonal: half the matrix, to be kept
/// while linkage uses that up.
class PackedMatrix {
 public:
  PackedMatrix(const SquareMatrix& full, const ScratchMaker& scratch);
  Index things() const { return things_; }
  float at(Index i, Index j) const;  ///< 0 for i = j
  /// Calls `f(i, row)` for every thing in order; each row is #things values with 0 for itself.
  void for_each_row(const std::function<void(Index i, std::span<const float> row)>& f) const;

 private:
  const float* row(Index i) const { return data_.get() + i * (i - 1) / 2; }
  Index things_;
  std::shared_ptr<float> data_;
};

}  // namespace neurox
