#include "neurox/cluster/correlation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/cluster/cross_products.h"
#include "neurox/core/column_stats.h"
#include "neurox/core/error.h"

namespace neurox {
namespace {

constexpr Index kReadRows = 1024;   // of a file at a time
constexpr Index kPackedRows = 256;  // of a packed matrix unfolded at a time

/// The varying columns of a band, standardised: #rows x #varying, the first `count` of them.
void standardise(const MatrixFRef& band, const VaryingColumns& columns, const Eigen::RowVectorXf& mean,
                 const Eigen::RowVectorXf& scale, MatrixF& out) {
  const Index count = out.cols();
  for (Index i = 0; i < band.rows(); ++i) {
    auto row = out.row(i);
    if (columns.constant.empty())
      row = band.row(i).head(count);
    else
      for (Index j = 0; j < count; ++j) row(j) = band(i, columns.varying[static_cast<std::size_t>(j)]);
    row = ((row - mean.head(count)).array() * scale.head(count).array()).matrix();
  }
}

}  // namespace

VaryingColumns varying_columns(const RowSource& X, Progress& progress) {
  if (X.rows() < 2)
    throw input_error("correlations need 2 tokens or more, here {} {}", X.rows() == 1 ? "is" : "are",
                      X.rows());
  ColumnStats stats(X.cols());
  progress.stage("means", X.rows(), "tokens");
  for_each_band(X, kReadRows, [&](Index first, const MatrixFRef& band) {
    stats.add(band);
    progress.advance_to(first + band.rows());
  });
  const VectorD mean = stats.mean(), variance = stats.variance(), least = stats.min(), most = stats.max();
  VaryingColumns out;
  // A spread at the edge of float's range has no variance left either.
  for (Index j = 0; j < X.cols(); ++j)
    (least(j) < most(j) && variance(j) > 0 ? out.varying : out.constant).push_back(j);
  const auto n = static_cast<Index>(out.varying.size());
  out.mean.resize(n);
  out.deviation.resize(n);
  for (Index k = 0; k < n; ++k) {
    const Index j = out.varying[static_cast<std::size_t>(k)];
    out.mean(k) = mean(j);
    out.deviation(k) = std::sqrt(variance(j));
  }
  return out;
}

void correlation_distances(const RowSource& X, const VaryingColumns& columns,
                           const CorrelationOptions& options, const SquareMatrix& out) {
  Progress silent;
  Progress& progress = options.progress != nullptr ? *options.progress : silent;
  const Index n = out.things;
  const Eigen::RowVectorXf mean = columns.mean.cast<float>().transpose(),
                           scale = columns.deviation.cwiseInverse().cast<float>().transpose();
  const std::int64_t row_bytes = n * static_cast<std::int64_t>(sizeof(float));
  const Index rows_that_fit = options.panel_bytes / std::max<std::int64_t>(1, row_bytes);
  const Index panel_rows =
      rows_that_fit >= n
          ? n
          : std::min(n, std::max<Index>(1, rows_that_fit / cross_product_strip) * cross_product_strip);
  const bool at_once = panel_rows == n;
  Eigen::Map<MatrixF> D(out.data, n, n);
  MatrixF own(at_once ? 0 : panel_rows, n);
  progress.stage("correlations", (n + panel_rows - 1) / panel_rows * X.rows(), "tokens");
  std::int64_t done = 0;
  for (Index first = 0; first < n; first += panel_rows) {
    const Index rows = std::min(panel_rows, n - first);
    MatrixFOut panel = at_once ? MatrixFOut(D) : MatrixFOut(own.topRows(rows));
    panel.setZero();
    MatrixF Z(std::min(kReadRows, X.rows()), first + rows);
    for_each_band(X, kReadRows, [&](Index, const MatrixFRef& band) {
      standardise(band, columns, mean, scale, Z);
      add_cross_products(Z.topRows(band.rows()), first, panel);
      progress.advance_to(done += band.rows());
    });
    const float share = 1.0F / static_cast<float>(X.rows());
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < first + i; ++j) {
        const float r = std::clamp(panel(i, j) * share, -1.0F, 1.0F);
        D(first + i, j) = 1.0F - (options.absolute ? std::abs(r) : r);
      }
  }
  // The upper half from the lower, by tiles that fit in the cache.
  for (Index top = 0; top < n; top += kPackedRows)
    for (Index left = 0; left <= top; left += kPackedRows) {
      const Index height = std::min(kPackedRows, n - top), width = std::min(kPackedRows, n - left);
      for (Index i = 0; i < height; ++i)
        for (Index j = 0; j < width && left + j < top + i; ++j) D(left + j, top + i) = D(top + i, left + j);
    }
  D.diagonal().setZero();
}

void rank_values(std::span<const float> values, std::span<float> ranks) {
  std::vector<std::pair<float, std::size_t>> sorted(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) sorted[i] = {values[i], i};
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin + 1;
    while (end < sorted.size() && sorted[end].first == sorted[begin].first) ++end;
    for (std::size_t k = begin; k < end; ++k)
      ranks[sorted[k].second] = static_cast<float>(static_cast<double>(begin + end + 1) / 2);
    begin = end;
  }
}

ScratchMaker plain_scratch() {
  return [](std::int64_t floats) {
    return std::shared_ptr<float>(new float[static_cast<std::size_t>(floats)],
                                  std::default_delete<float[]>());
  };
}

PackedMatrix::PackedMatrix(const SquareMatrix& full, const ScratchMaker& scratch)
    : things_(full.things), data_(scratch(std::max<Index>(1, things_ * (things_ - 1) / 2))) {
  float* to = data_.get();
  for (Index i = 0; i < things_; ++i) to = std::copy(full.row(i), full.row(i) + i, to);
}

float PackedMatrix::at(Index i, Index j) const {
  return i == j ? 0.0F : row(std::max(i, j))[std::min(i, j)];
}

void PackedMatrix::for_each_row(const std::function<void(Index i, std::span<const float> row)>& f) const {
  MatrixF rows(std::min(kPackedRows, things_), things_);
  for (Index first = 0; first < things_; first += kPackedRows) {
    const Index count = std::min(kPackedRows, things_ - first);
    for (Index i = 0; i < count; ++i) {
      std::copy(row(first + i), row(first + i) + first + i, rows.row(i).data());
      rows(i, first + i) = 0;
    }
    for (Index k = first; k < things_; ++k)
      for (Index i = 0; i < std::min(count, k - first); ++i) rows(i, k) = row(k)[first + i];
    for (Index i = 0; i < count; ++i) f(first + i, {rows.row(i).data(), static_cast<std::size_t>(things_)});
  }
}

}  // namespace neurox
