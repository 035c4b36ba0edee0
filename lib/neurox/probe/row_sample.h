#pragma once

#include <span>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox {

/// Rows standing for all rows in a sum, with their weights.
struct RowSample {
  std::vector<Index> rows;  ///< ascending
  VectorF weights;          ///< sum_i w f(row_i) estimates the mean of f over all rows
};

/// About `count` rows, each as likely as its importance says (at most certain), by systematic sampling: no
/// random numbers. A row's weight is 1 / (n * its probability). All rows when there are no more than `count`.
RowSample sample_rows(std::span<const float> importance, Index count);

/// Every stride-th row, beginning in the middle of the first stride, equally weighted.
std::vector<Index> strided_rows(Index rows, Index stride);

}  // namespace neurox
