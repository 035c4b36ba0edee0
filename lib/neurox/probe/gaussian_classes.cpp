#include "neurox/probe/gaussian_classes.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"

namespace neurox {
namespace {

constexpr Index kGaussianColumns = 64;  ///< of a task: sums over rows are made by one task, in their order

/// Calls `f(first column, columns)` in parallel.
template <class F>
void for_gaussian_columns(Index columns, const F& f) {
  tbb::parallel_for(Index{0}, (columns + kGaussianColumns - 1) / kGaussianColumns, [&](Index strip) {
    const Index first = strip * kGaussianColumns;
    f(first, std::min(kGaussianColumns, columns - first));
  });
}

}  // namespace

GaussianClasses::GaussianClasses(const StandardRows& Z, std::span<const int> y, int num_classes,
                                 const GaussianOptions& options)
    : Z_(Z),
      y_(y.begin(), y.end()),
      prior_(options.prior),
      dimension_(static_cast<double>(options.prior_dimension > 0 ? options.prior_dimension : Z.cols())),
      kappa_(options.kappa),
      floor_(options.floor),
      counts_(static_cast<std::size_t>(num_classes)),
      factors_(static_cast<std::size_t>(num_classes)),
      pivots_(static_cast<std::size_t>(num_classes)) {
  for (int label : y_)
    if (label >= 0) ++counts_[static_cast<std::size_t>(label)];
  Index some = 0;
  for (int v = 0; v < num_classes; ++v) {
    const std::int64_t n = counts_[static_cast<std::size_t>(v)];
    if (n == 1) throw input_error("class {} has 1 training token: a Gaussian needs at least 2", v);
    total_ += n;
    some += n > 0 ? 1 : 0;
  }
  if (some < 2) throw input_error("{} class(es) with training tokens: nothing to tell apart", some);

  const Index d = Z.cols();
  mean_.setZero(num_classes, d);
  remaining_.setZero(num_classes, d);
  Z.for_each_group([&](Index first_row, const MatrixFRef& group) {
    for_gaussian_columns(d, [&](Index first, Index columns) {
      for (Index i = 0; i < group.rows(); ++i) {
        const int v = y_[static_cast<std::size_t>(first_row + i)];
        if (v < 0) continue;
        double* sum = mean_.row(v).data() + first;
        double* squares = remaining_.row(v).data() + first;
        const float* z = group.row(i).data() + first;
        for (Index j = 0; j < columns; ++j) {
          const auto x = static_cast<double>(z[j]);
          sum[j] += x;
          squares[j] += x * x;
        }
      }
    });
  });
  ridge_.setZero(num_classes, d);
  for (int v = 0; v < num_classes; ++v) {
    if (!present(v)) continue;
    const auto n = static_cast<double>(counts_[static_cast<std::size_t>(v)]);
    mean_.row(v) /= n;
    remaining_.row(v) = (remaining_.row(v) - n * mean_.row(v).cwiseAbs2()).cwiseMax(0);
    if (prior_ == GaussianPrior::MaximumLikelihood) continue;
    const double lambda = prior_ == GaussianPrior::Shrunk        ? kappa_ / n
                          : prior_ == GaussianPrior::MapUnbiased ? 1 / (n - 1)
                                                                 : 1 / n;
    ridge_.row(v) = lambda * remaining_.row(v);
    remaining_.row(v) += ridge_.row(v);
  }
}

double GaussianClasses::log_frequency(Index v) const {
  return std::log(static_cast<double>(counts_[static_cast<std::size_t>(v)]) / static_cast<double>(total_));
}

double GaussianClasses::log_scale(Index v) const {
  const auto n = static_cast<double>(counts_[static_cast<std::size_t>(v)]);
  if (prior_ == GaussianPrior::MaximumLikelihood) return -std::log(n);
  return -std::log(prior_ == GaussianPrior::Shrunk ? n + kappa_ : n + 2 * dimension_ + 4);
}

double GaussianClasses::remaining(Index v, Index j) const {
  return std::max(remaining_(v, j), floor_ * static_cast<double>(counts_[static_cast<std::size_t>(v)]));
}

void GaussianClasses::add(Index neuron) {
  const Index d = neurons(), k = chosen();
  // Row of A for the neuron: its scatter with every other, class by class.
  MatrixD rows = MatrixD::Zero(classes(), d);
  Z_.for_each_group([&](Index first_row, const MatrixFRef& group) {
    for_gaussian_columns(d, [&](Index first, Index columns) {
      for (Index i = 0; i < group.rows(); ++i) {
        const int v = y_[static_cast<std::size_t>(first_row + i)];
        if (v < 0) continue;
        const double own = static_cast<double>(group(i, neuron)) - mean_(v, neuron);
        double* sum = rows.row(v).data() + first;
        const float* z = group.row(i).data() + first;
        for (Index j = 0; j < columns; ++j) sum[j] += own * static_cast<double>(z[j]);
      }
    });
  });
  tbb::parallel_for(Index{0}, classes(), [&](Index v) {
    if (!present(v)) return;
    const auto at = static_cast<std::size_t>(v);
    MatrixD& L = factors_[at];
    if (L.rows() == k) L.conservativeResize(std::max<Index>(8, 2 * k), d);
    rows(v, neuron) += ridge_(v, neuron);
    const double pivot = std::sqrt(remaining(v, neuron));
    auto row = L.row(k);
    row = rows.row(v);
    for (Index a = 0; a < k; ++a) row -= L(a, neuron) * L.row(a);
    row /= pivot;
    row(neuron) = pivot;
    pivots_[at].push_back(pivot);
    remaining_.row(v) -= row.cwiseAbs2();
  });
  order_.push_back(neuron);
}

}  // namespace neurox
