#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox {

/// What is above zero in some rows of activations, row after row. Behind a GELU that is a quarter, so that
/// products with few columns take a quarter of the time.
struct PositiveEntries {
  std::vector<std::int32_t> column;
  std::vector<float> value;
  std::vector<std::size_t> begin;  ///< #rows + 1, where each row's entries stand

  /// @param X  #rows x #columns
  explicit PositiveEntries(const MatrixFRef& X);
  Index rows() const { return static_cast<Index>(begin.size()) - 1; }
  std::int64_t bytes() const {
    return static_cast<std::int64_t>(value.size() * (sizeof(float) + sizeof(std::int32_t)) +
                                     begin.size() * sizeof(std::size_t));
  }
};

/// Columns that the two products below want: a multiple of this.
inline constexpr Index kPositiveLanes = 16;

/// out = max(X, 0) M
/// @param M    #columns of X x k, k a multiple of kPositiveLanes, row after row without gaps
/// @param out  #rows x k, likewise
void multiply_positive(const PositiveEntries& X, const MatrixF& M, MatrixF& out);

/// out += max(X, 0)' M
/// @param M    #rows x k, as above
/// @param out  #columns of X x k
void add_transposed_positive(const PositiveEntries& X, const MatrixF& M, MatrixF& out);

}  // namespace neurox
