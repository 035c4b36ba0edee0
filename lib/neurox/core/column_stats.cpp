#include "neurox/core/column_stats.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <limits>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

// The same loops for newer processors, chosen at run time; AVX2 without FMA rounds as SSE2 does, so results
// do not depend on it. -O2 alone leaves loops of unknown length scalar.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define NEUROX_CLONES __attribute__((optimize("O3"), target_clones("avx2", "default")))
#else
#define NEUROX_CLONES
#endif

namespace neurox {
namespace {

constexpr Index block = 256;  // columns at a time: their accumulators stay in the first-level cache
using Sums = std::array<double, block>;
using Counts = std::array<std::int32_t, block>;
using Floats = std::array<float, block>;

struct Limits {
  float small;
  const float *low, *high;
};

struct Tally {
  Floats min, max;
  Counts zero{}, nonpositive{}, small{}, saturated{};
};

// The restrict-qualified pointers let the compiler turn each loop over columns into vector instructions.
NEUROX_CLONES void add_values(const float* __restrict x, Index n, double* __restrict sum) {
  for (Index j = 0; j < n; ++j) sum[j] += static_cast<double>(x[j]);
}

NEUROX_CLONES void add_squares(const float* __restrict x, Index n, const double* __restrict mean,
                               double* __restrict sum) {
  for (Index j = 0; j < n; ++j) {
    const double d = static_cast<double>(x[j]) - mean[j];
    sum[j] += d * d;
  }
}

NEUROX_CLONES void add_extremes(const float* __restrict x, Index n, float* __restrict min,
                                float* __restrict max) {
  for (Index j = 0; j < n; ++j) {
    min[j] = x[j] < min[j] ? x[j] : min[j];
    max[j] = x[j] > max[j] ? x[j] : max[j];
  }
}

NEUROX_CLONES void add_counts(const float* __restrict x, Index n, float limit, std::int32_t* __restrict zero,
                              std::int32_t* __restrict nonpositive, std::int32_t* __restrict small) {
  for (Index j = 0; j < n; ++j) {
    zero[j] += x[j] == 0.0F ? 1 : 0;
    nonpositive[j] += x[j] <= 0.0F ? 1 : 0;
    small[j] += (x[j] < limit ? 1 : 0) & (x[j] > -limit ? 1 : 0);
  }
}

NEUROX_CLONES void add_saturated(const float* __restrict x, Index n, const float* __restrict low,
                                 const float* __restrict high, std::int32_t* __restrict count) {
  for (Index j = 0; j < n; ++j) count[j] += (x[j] <= low[j] ? 1 : 0) | (x[j] >= high[j] ? 1 : 0);
}

VectorD over(const std::vector<double>& values, std::int64_t count) {
  VectorD out = Eigen::Map<const VectorD>(values.data(), static_cast<Index>(values.size()));
  return out / static_cast<double>(count);  // 0/0 where nothing was added
}

VectorD if_any(const std::vector<double>& values, std::int64_t count) {
  if (count == 0) return VectorD::Constant(static_cast<Index>(values.size()), no_value);
  return Eigen::Map<const VectorD>(values.data(), static_cast<Index>(values.size()));
}

}  // namespace

ColumnStats::ColumnStats(Index columns, ColumnStatsOptions options)
    : options_(std::move(options)), columns_(columns) {
  const auto n = static_cast<std::size_t>(columns);
  for (const auto* limits : {&options_.saturated_low, &options_.saturated_high})
    if (!limits->empty() && limits->size() != n)
      throw usage_error("column statistics: {} limits for {} columns", limits->size(), n);
  mean_.assign(n, 0.0);
  m2_.assign(n, 0.0);
  min_.assign(n, std::numeric_limits<double>::infinity());
  max_.assign(n, -std::numeric_limits<double>::infinity());
  for (auto* counts : {&zero_, &nonpositive_, &small_, &saturated_}) counts->assign(n, 0.0);
}

void ColumnStats::add(const MatrixFRef& band, std::span<const std::uint8_t> skip) {
  if (band.cols() != columns_)
    throw usage_error("column statistics: {} columns, not {}", band.cols(), columns_);
  if (!skip.empty() && static_cast<Index>(skip.size()) != band.rows())
    throw usage_error("column statistics: {} marks for {} rows", skip.size(), band.rows());
  std::vector<const float*> rows;
  for (Index i = 0; i < band.rows(); ++i)
    if (skip.empty() || skip[static_cast<std::size_t>(i)] == 0) rows.push_back(band.row(i).data());
  if (rows.empty()) return;
  tbb::parallel_for(Index{0}, (columns_ + block - 1) / block,
                    [&](Index b) { add_block(rows, b * block, std::min(block, columns_ - b * block)); });
  count_ += static_cast<std::int64_t>(rows.size());
}

void ColumnStats::add_block(std::span<const float* const> rows, Index first, Index width) {
  const auto at = static_cast<std::size_t>(first);
  const auto n = static_cast<double>(rows.size()), before = static_cast<double>(count_), after = before + n;
  const bool limits = !options_.saturated_low.empty() || !options_.saturated_high.empty();
  Floats low, high;
  low.fill(-std::numeric_limits<float>::infinity());
  high.fill(std::numeric_limits<float>::infinity());
  if (!options_.saturated_low.empty()) std::copy_n(&options_.saturated_low[at], width, low.begin());
  if (!options_.saturated_high.empty()) std::copy_n(&options_.saturated_high[at], width, high.begin());

  Sums mean{}, m2{};
  Tally tally;
  tally.min.fill(std::numeric_limits<float>::infinity());
  tally.max.fill(-std::numeric_limits<float>::infinity());
  for (const float* row : rows) {
    add_values(row + first, width, mean.data());
    add_extremes(row + first, width, tally.min.data(), tally.max.data());
    add_counts(row + first, width, options_.small, tally.zero.data(), tally.nonpositive.data(),
               tally.small.data());
    if (limits) add_saturated(row + first, width, low.data(), high.data(), tally.saturated.data());
  }
  for (double& m : mean) m /= n;
  for (const float* row : rows) add_squares(row + first, width, mean.data(), m2.data());

  for (std::size_t j = 0; j < static_cast<std::size_t>(width); ++j) {
    const std::size_t k = at + j;
    const double delta = mean[j] - mean_[k];
    m2_[k] += m2[j] + delta * delta * before * n / after;
    mean_[k] += delta * n / after;
    min_[k] = std::min(min_[k], static_cast<double>(tally.min[j]));
    max_[k] = std::max(max_[k], static_cast<double>(tally.max[j]));
    zero_[k] += tally.zero[j];
    nonpositive_[k] += tally.nonpositive[j];
    small_[k] += tally.small[j];
    saturated_[k] += tally.saturated[j];
  }
}

VectorD ColumnStats::mean() const {
  return if_any(mean_, count_);
}
VectorD ColumnStats::variance() const {
  return over(m2_, count_);
}
VectorD ColumnStats::min() const {
  return if_any(min_, count_);
}
VectorD ColumnStats::max() const {
  return if_any(max_, count_);
}
VectorD ColumnStats::zero() const {
  return over(zero_, count_);
}
VectorD ColumnStats::nonpositive() const {
  return over(nonpositive_, count_);
}
VectorD ColumnStats::small() const {
  return over(small_, count_);
}
VectorD ColumnStats::saturated() const {
  return over(saturated_, count_);
}

std::vector<double> ColumnStats::state() const {
  std::vector<double> state{static_cast<double>(count_)};
  for (const auto* part : {&mean_, &m2_, &min_, &max_, &zero_, &nonpositive_, &small_, &saturated_})
    state.insert(state.end(), part->begin(), part->end());
  return state;
}

void ColumnStats::set_state(std::span<const double> state) {
  const auto n = static_cast<std::size_t>(columns_);
  if (state.size() != 1 + 8 * n)
    throw input_error("column statistics: {} numbers for {} columns", state.size(), n);
  count_ = static_cast<std::int64_t>(state[0]);
  auto from = state.begin() + 1;
  for (auto* part : {&mean_, &m2_, &min_, &max_, &zero_, &nonpositive_, &small_, &saturated_}) {
    std::copy_n(from, n, part->begin());
    from += columns_;
  }
}

}  // namespace neurox
