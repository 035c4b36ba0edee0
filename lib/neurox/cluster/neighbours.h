#pragma once

#include <vector>

#include "neurox/cluster/linkage.h"
#include "neurox/core/matrix.h"

namespace neurox {

/// The nearest other things of each thing, nearest first, ties to the lower.
struct Neighbours {
  Index things = 0, each = 0;
  std::vector<int> index;       ///< #things x each
  std::vector<float> distance;  ///< #things x each
};

/// From distances of all pairs.
/// @param each  in [1, #things - 1]
/// @throws Error{Usage} for another number
/// Cost: O(things^2).
Neighbours nearest_by_distance(const SquareMatrix& distances, Index each);

/// Euclidean, exact: every point is compared with every other, by products of blocks.
/// @param points  #things x #dimensions, finite
/// @param each    in [1, #things - 1]
/// @throws Error{Usage} for another number
/// Cost: O(things^2 dimensions) time, 1,024 x things floats of memory.
Neighbours nearest_points(const MatrixFRef& points, Index each);

/// How far a drawing invents neighbours: 1 where the `each` nearest in the drawing of every thing are among
/// its `each` nearest in truth, less for each that is not, by how far down it stands there.
///
///     1 - 2 / (n k (2n - 3k - 1)) sum_i sum over drawn neighbours j that are no true ones of (rank_i(j) - k)
///
/// @param truth    #things x #dimensions, Euclidean
/// @param drawing  #things x 2
/// @param each     below #things / 2
/// @throws Error{Usage} for another number, Error{Input} where the two differ in length
/// Cost: O(things^2 (dimensions + log things)).
/// Source: Venna & Kaski, ICANN 2001; as scikit-learn.
double trustworthiness(const MatrixFRef& truth, const MatrixFRef& drawing, Index each);
/// The same of distances of all pairs.
double trustworthiness(const SquareMatrix& truth, const MatrixFRef& drawing, Index each);

}  // namespace neurox
