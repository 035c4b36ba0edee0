#pragma once

#include "neurox/cluster/linkage.h"
#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"

namespace neurox {

/// Euclidean distances of every two rows, into a matrix of #rows x #rows.
///
///     |x - y| = sqrt(|x|^2 + |y|^2 - 2 x'y)      of rows less their mean, in double
///
/// @param X  #rows x #columns, finite; read into memory in double
/// Cost: O(rows^2 columns).
void euclidean_distances(const RowSource& X, const SquareMatrix& out, Progress& progress);

}  // namespace neurox
