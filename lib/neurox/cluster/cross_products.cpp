#include "neurox/cluster/cross_products.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/core/simd.h"

namespace neurox {
namespace {

constexpr Index kStrip = cross_product_strip;
constexpr Index kDepth = 512;  // rows that one sum runs over
constexpr Index kHeld = 4;     // strips that stay in the second-level cache while all others pass

/// Two strips of columns, row after row, and where their products go.
struct StripPair {
  const float* a;
  const float* b;
  Index depth;
  float* out;
  Index stride;
};

/// R columns of a with 3 W of b.
template <int W, int R>
NEUROX_INLINE void add_tile(const StripPair& p, Index row, Index column) {
  using reg = typename Vector<W>::reg;
  using loaded = typename Vector<W>::loaded;
  reg sums[R][3] = {};
  const float* a = p.a + row;
  const float* b = p.b + column;
  for (Index k = 0; k < p.depth; ++k, a += kStrip, b += kStrip) {
    const reg b0 = *reinterpret_cast<const loaded*>(b), b1 = *reinterpret_cast<const loaded*>(b + W),
              b2 = *reinterpret_cast<const loaded*>(b + 2 * W);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      sums[r][0] += a[r] * b0;
      sums[r][1] += a[r] * b1;
      sums[r][2] += a[r] * b2;
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
    float* out = p.out + (row + r) * p.stride + column;
#pragma GCC unroll 8
    for (int u = 0; u < 3; ++u) *reinterpret_cast<loaded*>(out + u * W) += sums[r][u];
  }
}

template <int W, int R>
NEUROX_INLINE void add_strips(const StripPair& p) {
  for (Index row = 0; row < kStrip; row += R)
    for (Index column = 0; column < kStrip; column += Index{3} * W) add_tile<W, R>(p, row, column);
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void add_strips_avx512(const StripPair& p) {
  add_strips<16, 8>(p);
}
__attribute__((target("avx2,fma"))) void add_strips_avx2(const StripPair& p) {
  add_strips<8, 4>(p);
}
#endif
void add_strips_baseline(const StripPair& p) {
  add_strips<4, 4>(p);
}

using AddStrips = void (*)(const StripPair&);
AddStrips strip_kernel() {
#if defined(__x86_64__)
  switch (vector_unit()) {
    case VectorUnit::Avx512:
      return add_strips_avx512;
    case VectorUnit::Avx2:
      return add_strips_avx2;
    case VectorUnit::Baseline:
      break;
  }
#endif
  return add_strips_baseline;
}

Index strips_of(Index columns) {
  return (columns + kStrip - 1) / kStrip;
}

/// Columns in strips, each row after row, as `fill(row, first column, width, to)` gives them; zeros where the
/// last strip goes beyond them.
template <class Fill>
void pack(Index depth, Index columns, float* out, const Fill& fill) {
  tbb::parallel_for(Index{0}, strips_of(columns), [&](Index s) {
    const Index width = std::min(kStrip, columns - s * kStrip);
    float* to = out + s * depth * kStrip;
    for (Index k = 0; k < depth; ++k, to += kStrip) {
      fill(k, s * kStrip, width, to);
      std::fill(to + width, to + kStrip, 0.0F);
    }
  });
}

void pack(const MatrixFRef& Z, Index columns, float* out) {
  pack(Z.rows(), columns, out, [&](Index row, Index first, Index width, float* to) {
    std::copy_n(Z.data() + row * Z.outerStride() + first, width, to);
  });
}

/// Strips that reach beyond `height` x `width` go through a tile of their own.
void add_strip_pair(AddStrips kernel, StripPair pair, Index height, Index width) {
  if (height == kStrip && width == kStrip) return kernel(pair);
  std::vector<float> tile(static_cast<std::size_t>(kStrip * kStrip), 0.0F);
  float* out = pair.out;
  const Index stride = pair.stride;
  pair.out = tile.data();
  pair.stride = kStrip;
  kernel(pair);
  for (Index i = 0; i < height; ++i)
    for (Index j = 0; j < width; ++j) out[i * stride + j] += tile[static_cast<std::size_t>(i * kStrip + j)];
}

}  // namespace

void add_cross_products(
    const MatrixFRef& Z, Index first,
    MatrixFOut out) {  // NOLINT(performance-unnecessary-value-param): as every function that fills rows
  const Index columns = first + out.rows();
  if (first % kStrip != 0 || columns > Z.cols() || columns > out.cols())
    throw usage_error("cross products: a panel of {} columns from {} does not fit {} columns", out.rows(),
                      first, Z.cols());
  const AddStrips kernel = strip_kernel();
  const Index first_strip = first / kStrip, strips = strips_of(columns);
  const Index groups = (strips - first_strip + kHeld - 1) / kHeld;
  std::vector<float> packed(static_cast<std::size_t>(strips * std::min(kDepth, Z.rows()) * kStrip));
  for (Index from = 0; from < Z.rows(); from += kDepth) {
    const Index depth = std::min(kDepth, Z.rows() - from);
    pack(Z.middleRows(from, depth), columns, packed.data());
    const auto strip = [&](Index s) { return packed.data() + s * depth * kStrip; };
    tbb::parallel_for(Index{0}, groups, [&](Index group) {
      // The longest rows first, so that none is left over at the end.
      const Index begin = first_strip + (groups - 1 - group) * kHeld, end = std::min(begin + kHeld, strips);
      for (Index b = 0; b < end; ++b)
        for (Index a = std::max(begin, b); a < end; ++a) {
          const Index row = a * kStrip - first, column = b * kStrip;
          const Index height = std::min(kStrip, out.rows() - row),
                      width = std::min(kStrip, out.cols() - column);
          add_strip_pair(
              kernel,
              {strip(a), strip(b), depth, out.data() + row * out.outerStride() + column, out.outerStride()},
              height, width);
        }
    });
  }
}

PackedColumns::PackedColumns(const MatrixFRef& Z) {
  resize(Z.rows(), Z.cols());
  for (Index from = 0; from < rows_; from += kDepth)
    pack(Z.middleRows(from, std::min(kDepth, rows_ - from)), columns_, at(from));
}

void PackedColumns::resize(Index rows, Index columns) {
  rows_ = rows, columns_ = columns;
  values_.resize(static_cast<std::size_t>(strips_of(columns) * rows * kStrip));
}

void PackedColumns::assign(const MatrixFRef& X, const ScaledColumns& of) {
  const auto columns = static_cast<Index>(of.columns.size());
  resize(X.rows(), columns);
  const bool all = columns == X.cols();
  for (Index from = 0; from < rows_; from += kDepth) {
    const MatrixFRef band = X.middleRows(from, std::min(kDepth, rows_ - from));
    pack(band.rows(), columns, at(from), [&](Index row, Index first, Index width, float* to) {
      const float* x = band.data() + row * band.outerStride();
      const double* mean = of.mean.data() + first;
      const double* factor = of.factor.data() + first;
      const Index* column = of.columns.data() + first;
      const auto scaled = [&](Index c, float value) {
        to[c] = static_cast<float>((static_cast<double>(value) - mean[c]) * factor[c]);
      };
      if (all)  // reads neighbours, many at a time
        for (Index c = 0; c < width; ++c) scaled(c, x[first + c]);
      else
        for (Index c = 0; c < width; ++c) scaled(c, x[column[c]]);
    });
  }
}

const float* PackedColumns::strip(Index from, Index strip) const {
  const Index depth = std::min(kDepth, rows_ - from);
  return values_.data() + (from * strips_of(columns_) + strip * depth) * kStrip;
}

void add_products(const PackedColumns& A, const PackedColumns& B,
                  MatrixFOut out) {  // NOLINT(performance-unnecessary-value-param): as above
  const bool own = &A == &B;
  if (A.rows() != B.rows() || out.rows() != A.columns() || out.cols() != B.columns())
    throw usage_error("products of {} rows of {} columns and {} rows of {} columns do not fit {} x {}",
                      A.rows(), A.columns(), B.rows(), B.columns(), out.rows(), out.cols());
  const AddStrips kernel = strip_kernel();
  const Index strips_a = strips_of(A.columns()), strips_b = strips_of(B.columns());
  const Index groups = (strips_a + kHeld - 1) / kHeld;
  for (Index from = 0; from < A.rows(); from += kDepth) {
    const Index depth = std::min(kDepth, A.rows() - from);
    tbb::parallel_for(Index{0}, groups, [&](Index group) {
      const Index begin = group * kHeld, end = std::min(begin + kHeld, strips_a);
      for (Index b = 0; b < (own ? end : strips_b); ++b)
        for (Index a = own ? std::max(begin, b) : begin; a < end; ++a)
          add_strip_pair(kernel,
                         {A.strip(from, a), B.strip(from, b), depth,
                          out.data() + a * kStrip * out.outerStride() + b * kStrip, out.outerStride()},
                         std::min(kStrip, out.rows() - a * kStrip),
                         std::min(kStrip, out.cols() - b * kStrip));
    });
  }
  if (!own) return;
  for (Index i = 0; i < out.rows(); ++i)
    for (Index j = 0; j < i; ++j) out(j, i) = out(i, j);
}

}  // namespace neurox
