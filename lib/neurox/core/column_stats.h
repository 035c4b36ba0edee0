#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox {

/// Which values count as small and as saturated.
struct ColumnStatsOptions {
  float small = 1e-3F;  ///< |x| below it is small
  /// Per column (#columns each, or empty: nothing is saturated): x <= low or x >= high is saturated. Which
  /// limits fit depends on the non-linearity that reads or made the value.
  std::vector<float> saturated_low = {}, saturated_high = {};
};

/// Statistics of every column, one pass over bands of rows, sums in double.
///
///     mean, variance = 1/n sum (x - mean)^2      per band in two passes, bands merged by Chan, Golub &
///     LeVeque (1979)
///
/// The result depends on the values and on where bands begin, not on the machine: the same bands give the
/// same bits. Cost: 2 passes over each band while it is in cache, O(columns) memory.
class ColumnStats {
 public:
  explicit ColumnStats(Index columns, ColumnStatsOptions options = {});

  /// Adds a band, #rows x #columns; rows whose `skip` is not 0 are left out (empty: none are).
  void add(const MatrixFRef& band, std::span<const std::uint8_t> skip = {});

  Index columns() const { return columns_; }
  std::int64_t count() const { return count_; }  ///< rows added
  VectorD mean() const;                          ///< NaN where nothing was added, and below
  VectorD variance() const;                      ///< population variance, divides by n
  VectorD min() const;
  VectorD max() const;
  VectorD zero() const;         ///< share of x == 0
  VectorD nonpositive() const;  ///< share of x <= 0
  VectorD small() const;        ///< share of |x| < options.small
  VectorD saturated() const;    ///< share outside the limits

  /// Everything that add() changes, to go on later with the same bits: 1 + 8 * columns numbers.
  std::vector<double> state() const;
  /// @throws Error{Input} when it is not of this many columns
  void set_state(std::span<const double> state);

 private:
  void add_block(std::span<const float* const> rows, Index first, Index width);

  ColumnStatsOptions options_;
  Index columns_;
  std::int64_t count_ = 0;
  std::vector<double> mean_, m2_, min_, max_, zero_, nonpositive_, small_, saturated_;
};

}  // namespace neurox
