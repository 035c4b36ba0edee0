#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/row_source.h"

namespace neurox {

/// Means of clusters' rows, #clusters x #columns; 0 for a cluster without a row.
/// @param X         #rows x #columns
/// @param clusters  per row in [0, count), -1 none
MatrixD cluster_centres(const RowSource& X, std::span<const int> clusters, int count);

/// Of each cluster the rows nearest to its mean, at most `most`, no two of one sentence; ties to the earlier
/// row.
/// @param sentences  per row
std::vector<std::vector<Index>> central_rows(const RowSource& X, std::span<const int> clusters,
                                             const MatrixD& centres, std::span<const std::int32_t> sentences,
                                             std::size_t most);

/// A word type and how many of a cluster's rows are of it.
struct TypeCount {
  int type;
  Index count;
};
/// Of each cluster its word types, the commonest first, at most `most`; ties to the lower type.
std::vector<std::vector<TypeCount>> common_types(std::span<const int> clusters, std::span<const int> types,
                                                 int count, std::size_t most);

}  // namespace neurox
