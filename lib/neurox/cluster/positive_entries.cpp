#include "neurox/cluster/positive_entries.h"

#include "neurox/core/error.h"
#include "neurox/core/simd.h"

namespace neurox {
namespace {

/// Entries of one row, and where the columns of the other matrix that belong together begin.
struct SparseRow {
  const std::int32_t* column;
  const float* value;
  std::size_t entries;
  Index stride;  ///< of the dense matrices' rows
};

/// kPositiveLanes columns of dense rows, summed with the entries as weights: four chains, as an addition
/// takes four cycles.
template <int W>
NEUROX_INLINE void gather(const SparseRow& row, const float* dense, float* out) {
  using reg = typename Vector<W>::reg;
  using loaded = typename Vector<W>::loaded;
  constexpr int kParts = static_cast<int>(kPositiveLanes) / W;
  reg sums[4][kParts] = {};
  const auto add = [&](reg(&sum)[kParts], std::size_t entry) {
    const float* from = dense + row.column[entry] * row.stride;
#pragma GCC unroll 4
    for (int u = 0; u < kParts; ++u) {
      const reg part = *reinterpret_cast<const loaded*>(from + u * W);
      sum[u] += row.value[entry] * part;
    }
  };
  std::size_t i = 0;
  for (; i + 4 <= row.entries; i += 4) {
    add(sums[0], i), add(sums[1], i + 1), add(sums[2], i + 2), add(sums[3], i + 3);
  }
  for (; i < row.entries; ++i) add(sums[0], i);
#pragma GCC unroll 4
  for (int u = 0; u < kParts; ++u)
    *reinterpret_cast<loaded*>(out + u * W) = (sums[0][u] + sums[1][u]) + (sums[2][u] + sums[3][u]);
}

/// The other way: one dense row, weighted by each entry, onto the entry's row.
template <int W>
NEUROX_INLINE void scatter(const SparseRow& row, const float* dense, float* out) {
  using reg = typename Vector<W>::reg;
  using loaded = typename Vector<W>::loaded;
  constexpr int kParts = static_cast<int>(kPositiveLanes) / W;
  reg weights[kParts];
#pragma GCC unroll 4
  for (int u = 0; u < kParts; ++u) weights[u] = *reinterpret_cast<const loaded*>(dense + u * W);
  for (std::size_t i = 0; i < row.entries; ++i) {
    float* to = out + row.column[i] * row.stride;
#pragma GCC unroll 4
    for (int u = 0; u < kParts; ++u) *reinterpret_cast<loaded*>(to + u * W) += row.value[i] * weights[u];
  }
}

/// The lanes of a row one after the other; its entries stay in the first-level cache.
template <int W>
NEUROX_INLINE void gather_lanes(const SparseRow& row, const float* dense, float* out) {
  for (Index k = 0; k < row.stride; k += kPositiveLanes) gather<W>(row, dense + k, out + k);
}
template <int W>
NEUROX_INLINE void scatter_lanes(const SparseRow& row, const float* dense, float* out) {
  for (Index k = 0; k < row.stride; k += kPositiveLanes) scatter<W>(row, dense + k, out + k);
}

using RowProduct = void (*)(const SparseRow&, const float*, float*);

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void gather_avx512(const SparseRow& row, const float* dense, float* out) {
  gather_lanes<16>(row, dense, out);
}
__attribute__((target("avx512f"))) void scatter_avx512(const SparseRow& row, const float* dense, float* out) {
  scatter_lanes<16>(row, dense, out);
}
__attribute__((target("avx2,fma"))) void gather_avx2(const SparseRow& row, const float* dense, float* out) {
  gather_lanes<8>(row, dense, out);
}
__attribute__((target("avx2,fma"))) void scatter_avx2(const SparseRow& row, const float* dense, float* out) {
  scatter_lanes<8>(row, dense, out);
}
#endif
void gather_baseline(const SparseRow& row, const float* dense, float* out) {
  gather_lanes<4>(row, dense, out);
}
void scatter_baseline(const SparseRow& row, const float* dense, float* out) {
  scatter_lanes<4>(row, dense, out);
}

RowProduct row_product(bool transposed) {
#if defined(__x86_64__)
  switch (vector_unit()) {
    case VectorUnit::Avx512:
      return transposed ? scatter_avx512 : gather_avx512;
    case VectorUnit::Avx2:
      return transposed ? scatter_avx2 : gather_avx2;
    case VectorUnit::Baseline:
      break;
  }
#endif
  return transposed ? scatter_baseline : gather_baseline;
}

SparseRow row_of(const PositiveEntries& X, Index row, Index stride) {
  const std::size_t from = X.begin[static_cast<std::size_t>(row)];
  return {X.column.data() + from, X.value.data() + from, X.begin[static_cast<std::size_t>(row) + 1] - from,
          stride};
}

}  // namespace

PositiveEntries::PositiveEntries(const MatrixFRef& X) : begin{0} {
  const auto above = static_cast<std::size_t>((X.array() > 0.0F).count());
  column.reserve(above), value.reserve(above);
  for (Index i = 0; i < X.rows(); ++i) {
    const float* row = X.data() + i * X.outerStride();
    for (Index j = 0; j < X.cols(); ++j)
      if (row[j] > 0) column.push_back(static_cast<std::int32_t>(j)), value.push_back(row[j]);
    begin.push_back(value.size());
  }
}

void multiply_positive(const PositiveEntries& X, const MatrixF& M, MatrixF& out) {
  if (M.cols() % kPositiveLanes != 0 || out.rows() != X.rows() || out.cols() != M.cols())
    throw usage_error("product of {} rows with {} columns does not fit {} x {}", X.rows(), M.cols(),
                      out.rows(), out.cols());
  const RowProduct product = row_product(false);
  for (Index i = 0; i < X.rows(); ++i) product(row_of(X, i, M.cols()), M.data(), out.data() + i * M.cols());
}

void add_transposed_positive(const PositiveEntries& X, const MatrixF& M, MatrixF& out) {
  if (M.cols() % kPositiveLanes != 0 || M.rows() != X.rows() || out.cols() != M.cols())
    throw usage_error("product of {} rows with {} x {} does not fit {} columns", X.rows(), M.rows(), M.cols(),
                      out.cols());
  const RowProduct product = row_product(true);
  for (Index i = 0; i < X.rows(); ++i) product(row_of(X, i, M.cols()), M.data() + i * M.cols(), out.data());
}

}  // namespace neurox
