#pragma once

#include <cstdint>

#include "neurox/core/matrix.h"
#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"

namespace neurox {

struct DirectionOptions {
  int count = 10;
  bool centre = false;  ///< directions of X less its column means, else of X as it is
  bool clip = false;    ///< negative values count as 0
  std::int64_t memory_bytes = std::int64_t{1} << 30;
  Progress* progress = nullptr;
};

/// The directions in which the rows of a matrix are largest: right singular vectors, or principal axes.
struct Directions {
  MatrixD vectors;    ///< #columns x count, orthonormal; the largest entry of each is positive
  VectorD values;     ///< count squared singular values, largest first
  VectorD mean;       ///< #columns; 0 where nothing was centred
  double total = 0;   ///< sum of all squared singular values
  bool exact = true;  ///< else the iteration ended before its tolerance was met
};

/// @param X  #rows x #columns, finite
/// Up to 1024 columns by the eigenvectors of X'X; above, by subspace iteration with 10 more directions until
/// every A v = lambda v holds to 1e-7 of the largest lambda (X'X is kept where it fits the memory, else each
/// step is a pass over X), 200 steps at most.
/// @throws Error{Input} for more directions than rows or columns
/// Source: Halko, Martinsson & Tropp, SIAM Review 2011.
Directions leading_directions(const RowSource& X, const DirectionOptions& options);

/// #rows x count: (X - mean) V, of the clipped X where that was asked for.
MatrixD project(const RowSource& X, const Directions& directions, const DirectionOptions& options);

}  // namespace neurox
