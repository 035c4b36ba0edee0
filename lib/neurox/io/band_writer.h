#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "neurox/core/column_stats.h"
#include "neurox/core/matrix.h"
#include "neurox/core/neurons.h"
#include "neurox/io/matrix_store.h"

namespace neurox::io {

/// Puts rows of X to their places in a file whose metadata is complete, and keeps the statistics of what it
/// stores. Rows are gathered to whole bands of 1024, so that the statistics do not depend on how they came.
class BandWriter {
 public:
  static constexpr Index band_rows = 1024;  ///< or all rows, if there are fewer

  /// @param status_offset  of the status codes (int8, one per row) in the file; rows whose code is set in
  /// `skip` do not count
  BandWriter(int fd, const MatrixLayout& layout, std::filesystem::path target, ColumnStats stats);

  /// Which rows of the band count, by their status codes in the file.
  void skip_status(std::int64_t status_offset, std::vector<bool> skip);

  /// Goes on after `rows` rows, of which the file holds the last, incomplete band.
  void resume(std::int64_t rows, std::span<const double> stats);

  void add(const MatrixFRef& X, const NeuronAxis& neurons);
  /// Writes the band that is not full yet, without ending it.
  void flush();
  /// Writes it and counts it: there are no more rows.
  void finish();

  std::int64_t rows() const { return rows_; }
  /// Values were met that cannot be stored (NaN, infinity, too large for f16).
  bool refused() const { return refused_; }
  const ColumnStats& stats() const { return stats_; }

 private:
  void check_band(const NeuronAxis& neurons, Index from);
  void end_band();

  int fd_;
  MatrixLayout layout_;
  std::filesystem::path target_;
  ColumnStats stats_;
  std::int64_t status_offset_ = -1;
  std::vector<bool> skip_;
  std::int64_t rows_ = 0;
  MatrixF band_;  // 1024 x #neurons, values as stored
  bool refused_ = false;
  Index filled_ = 0;  // rows of it
  std::vector<char> chunk_;
};

}  // namespace neurox::io
