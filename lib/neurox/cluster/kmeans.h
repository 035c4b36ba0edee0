#pragma once

#include <cstdint>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"

namespace neurox {

struct KMeansOptions {
  int clusters = 10;
  int iterations = 300;     ///< at most
  int restarts = 1;         ///< starts; the one of least inertia is taken (the first of equals)
  double tolerance = 1e-4;  ///< of the mean variance of a column: squared movement of all centres
  std::uint64_t seed = 0;
  Progress* progress = nullptr;
};

struct KMeans {
  MatrixD centres;           ///< #clusters x #columns
  std::vector<int> cluster;  ///< per row, the nearest centre (the first of equals)
  VectorD distance;          ///< per row, squared, to its centre
  double inertia = 0;        ///< sum of them
  int iterations = 0;
  bool converged = false;
};

/// Lloyd's algorithm over bands of rows.
///
/// Centres begin as rows drawn by greedy k-means++ (the best of 2 + ln k draws each time, weighted by squared
/// distance) among at most max(5000, 20 k) rows, chosen by the seed. A centre that loses all its rows moves
/// to the row that is farthest from its own centre. Clusters are numbered by size, largest first, then by
/// their first row.
/// @param X  #rows x #columns, finite
/// @throws Error{Usage} for fewer than one cluster; Error{Input} for more clusters than rows
/// Cost: O(iterations rows clusters columns); distances in float32 about the mean, sums in double.
/// Source: Lloyd 1982; Arthur & Vassilvitskii, SODA 2007; scikit-learn's KMeans.
KMeans k_means(const RowSource& X, const KMeansOptions& options);

}  // namespace neurox
