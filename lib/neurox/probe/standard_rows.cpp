#include "neurox/probe/standard_rows.h"

#include <tbb/parallel_for.h>

#include <cmath>

#include "neurox/core/column_stats.h"
#include "neurox/core/error.h"

namespace neurox {
namespace {

constexpr Index kStatsBand = 2048;
constexpr double kDead = 1e-6;
constexpr Index kMaxGroup = 64 * StandardRows::kBand;

void check_finite(Index first, const MatrixFRef& band) {
  // A sum that is finite has only finite terms; one that is not may only have overflowed.
  if (std::isfinite(band.sum())) return;
  for (Index i = 0; i < band.rows(); ++i)
    for (Index j = 0; j < band.cols(); ++j)
      if (!std::isfinite(band(i, j)))
        throw input_error("activation of row {}, neuron {} is {}: extract it again or leave the neuron out",
                          first + i, j, std::isnan(band(i, j)) ? "NaN" : "infinite");
}

}  // namespace

Standardisation measure_columns(const RowSource& X) {
  if (X.rows() == 0 || X.cols() == 0)
    throw input_error("no activations: {} tokens x {} neurons", X.rows(), X.cols());
  ColumnStats columns(X.cols());
  for_each_band(X, kStatsBand, [&](Index first, const MatrixFRef& band) {
    check_finite(first, band);
    columns.add(band);
  });
  Standardisation stats{columns.mean(), columns.variance().cwiseSqrt(), {}};
  for (Index j = 0; j < X.cols(); ++j) {
    if (stats.scale(j) >= kDead) continue;
    stats.dead.push_back(j);
    stats.scale(j) = 1;
  }
  return stats;
}

StandardRows::StandardRows(const RowSource& X, const Standardisation& stats, std::int64_t memory_bytes)
    : rows_(X.rows()), cols_(X.cols()), source_(&X), mean_(stats.mean.transpose().cast<float>()) {
  VectorD inverse = stats.scale.cwiseInverse();
  for (Index j : stats.dead) inverse(j) = 0;
  inverse_ = inverse.transpose().cast<float>();
  const std::int64_t row_bytes = 4 * static_cast<std::int64_t>(cols_);
  const bool fits = row_bytes * rows_ <= memory_bytes;
  // What does not fit is worked on in groups of a quarter of the budget.
  group_rows_ = fits ? kMaxGroup : std::clamp<Index>(memory_bytes / 4 / row_bytes / kBand, 1, 64) * kBand;
  if (!fits) return;
  Z_.resize(rows_, cols_);
  for (Index first = 0; first < rows_; first += kMaxGroup) {
    const Index n = std::min(kMaxGroup, rows_ - first);
    X.read(first, Z_.middleRows(first, n));
    standardise(Z_.middleRows(first, n));
  }
  source_ = nullptr;
}

StandardRows::StandardRows(MatrixF Z)
    : rows_(Z.rows()), cols_(Z.cols()), group_rows_(kMaxGroup), Z_(std::move(Z)) {}

void StandardRows::standardise(MatrixFOut Z) const {
  tbb::parallel_for(Index{0}, (Z.rows() + kBand - 1) / kBand, [&](Index band) {
    const Index end = std::min(Z.rows(), (band + 1) * kBand);
    for (Index i = band * kBand; i < end; ++i) Z.row(i) = (Z.row(i) - mean_).cwiseProduct(inverse_);
  });
}

void StandardRows::for_each_group(const std::function<void(Index, MatrixFRef)>& f) const {
  MatrixF group;
  if (source_ != nullptr) group.resize(std::min(group_rows_, rows_), cols_);
  for (Index first = 0; first < rows_; first += group_rows_) {
    const Index n = std::min(group_rows_, rows_ - first);
    if (source_ == nullptr) {
      f(first, Z_.middleRows(first, n));
      continue;
    }
    source_->read(first, group.topRows(n));
    standardise(group.topRows(n));
    f(first, group.topRows(n));
  }
}

MatrixF StandardRows::gather(std::span<const Index> chosen) const {
  MatrixF out(static_cast<Index>(chosen.size()), cols_);
  std::size_t next = 0;
  for_each_group([&](Index first, MatrixFRef group) {
    for (; next < chosen.size() && chosen[next] < first + group.rows(); ++next)
      out.row(static_cast<Index>(next)) = group.row(chosen[next] - first);
  });
  return out;
}

}  // namespace neurox
