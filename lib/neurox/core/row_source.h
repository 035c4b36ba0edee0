#pragma once

#include <algorithm>
#include <utility>

#include "neurox/core/matrix.h"

namespace neurox {

/// A matrix of #tokens x #neurons that may be larger than memory: whoever reads it asks for bands of rows.
///
/// Algorithms take a RowSource and pass over it by bands (`for_each_band`), so that a file and a matrix in
/// memory are the same to them.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual Index rows() const = 0;
  virtual Index cols() const = 0;

  /// Fills `out` (any number of rows x cols()) with rows first, first+1, ...
  /// @throws Error{Input} when the store cannot be read
  virtual void read(Index first, MatrixFOut out) const = 0;

  /// The whole matrix when it already lies in memory, else nullptr: saves a copy, never needed for
  /// correctness.
  virtual const MatrixF* in_memory() const { return nullptr; }
};

/// A matrix in memory as a RowSource. Keeps its own copy (moved in).
class MatrixRows final : public RowSource {
 public:
  explicit MatrixRows(MatrixF X) : X_(std::move(X)) {}
  Index rows() const override { return X_.rows(); }
  Index cols() const override { return X_.cols(); }
  void read(Index first, MatrixFOut out) const override { out = X_.middleRows(first, out.rows()); }
  const MatrixF* in_memory() const override { return &X_; }

 private:
  MatrixF X_;
};

/// Calls `f(first_row, band)` for consecutive bands of at most `band_rows` rows; `band` is #rows x cols(),
/// valid during the call. Bands begin at multiples of band_rows, so results that are summed per band do not
/// depend on who reads.
template <class F>
void for_each_band(const RowSource& source, Index band_rows, F&& f) {
  if (const MatrixF* X = source.in_memory()) {
    for (Index first = 0; first < X->rows(); first += band_rows)
      f(first, MatrixFRef(X->middleRows(first, std::min(band_rows, X->rows() - first))));
    return;
  }
  MatrixF band(std::min(band_rows, source.rows()), source.cols());
  for (Index first = 0; first < source.rows(); first += band_rows) {
    const Index n = std::min(band_rows, source.rows() - first);
    source.read(first, band.topRows(n));
    f(first, MatrixFRef(band.topRows(n)));
  }
}

}  // namespace neurox
