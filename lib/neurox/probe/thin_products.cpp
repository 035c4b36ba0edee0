#include "neurox/probe/thin_products.h"

#include <algorithm>

#include "neurox/core/simd.h"

namespace neurox {
namespace {

struct View {
  const float* data;
  Index stride;
};

constexpr int kClasses = 6;  ///< of a tile
constexpr Index kRows = 64;  ///< of a chunk whose columns stay in the first-level cache

/// Sum of W floats, halves first.
template <int W>
NEUROX_INLINE float total(float* parts) {
  if constexpr (W == 1) {
    return parts[0];
  } else {
    using half = typename Vector<W / 2>::loaded;
    *reinterpret_cast<half*>(parts) += *reinterpret_cast<half*>(parts + W / 2);
    return total<W / 2>(parts);
  }
}

/// R rows by C classes: sums along neurons in R * C registers.
template <int W, int R, int C>
NEUROX_INLINE void score_tile(View Z, View V, Index neurons, float* out, Index out_stride) {
  using reg = typename Vector<W>::reg;
  using loaded = typename Vector<W>::loaded;
  reg sums[R][C] = {};
  Index j = 0;
  for (; j + W <= neurons; j += W) {
    reg z[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) z[r] = *reinterpret_cast<const loaded*>(Z.data + r * Z.stride + j);
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      const reg v = *reinterpret_cast<const loaded*>(V.data + c * V.stride + j);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) sums[r][c] += z[r] * v;
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      float parts[W];
      *reinterpret_cast<loaded*>(parts) = sums[r][c];
      out[r * out_stride + c] = total<W>(parts);
    }
  for (; j < neurons; ++j)
    for (int r = 0; r < R; ++r)
      for (int c = 0; c < C; ++c)
        out[r * out_stride + c] += Z.data[r * Z.stride + j] * V.data[c * V.stride + j];
}

template <int W, int R>
NEUROX_INLINE void score_rows(View Z, View V, Index classes, Index neurons, float* out) {
  for (Index k = 0; k < classes; k += kClasses) {
    const View at{V.data + k * V.stride, V.stride};
    switch (std::min<Index>(kClasses, classes - k)) {
      case 1:
        score_tile<W, R, 1>(Z, at, neurons, out + k, classes);
        break;
      case 2:
        score_tile<W, R, 2>(Z, at, neurons, out + k, classes);
        break;
      case 3:
        score_tile<W, R, 3>(Z, at, neurons, out + k, classes);
        break;
      case 4:
        score_tile<W, R, 4>(Z, at, neurons, out + k, classes);
        break;
      case 5:
        score_tile<W, R, 5>(Z, at, neurons, out + k, classes);
        break;
      default:
        score_tile<W, R, 6>(Z, at, neurons, out + k, classes);
    }
  }
}

struct Shape {
  Index rows, classes, neurons;
};

template <int W, int R>
NEUROX_INLINE void scores(View Z, View V, Shape n, float* out) {
  Index i = 0;
  for (; i + R <= n.rows; i += R)
    score_rows<W, R>({Z.data + i * Z.stride, Z.stride}, V, n.classes, n.neurons, out + i * n.classes);
  for (; i < n.rows; ++i)
    score_rows<W, 1>({Z.data + i * Z.stride, Z.stride}, V, n.classes, n.neurons, out + i * n.classes);
}

/// C classes by N registers of neurons, added to over the rows.
template <int W, int C, int N>
NEUROX_INLINE void sum_tile(View T, View Z, Index rows, float* out, Index out_stride) {
  using reg = typename Vector<W>::reg;
  using loaded = typename Vector<W>::loaded;
  reg sums[C][N];
#pragma GCC unroll 8
  for (int c = 0; c < C; ++c)
#pragma GCC unroll 8
    for (int v = 0; v < N; ++v) sums[c][v] = *reinterpret_cast<const loaded*>(out + c * out_stride + v * W);
  for (Index i = 0; i < rows; ++i) {
    reg z[N];
#pragma GCC unroll 8
    for (int v = 0; v < N; ++v) z[v] = *reinterpret_cast<const loaded*>(Z.data + i * Z.stride + v * W);
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      const float t = T.data[i * T.stride + c];
#pragma GCC unroll 8
      for (int v = 0; v < N; ++v) sums[c][v] += t * z[v];
    }
  }
#pragma GCC unroll 8
  for (int c = 0; c < C; ++c)
#pragma GCC unroll 8
    for (int v = 0; v < N; ++v) *reinterpret_cast<loaded*>(out + c * out_stride + v * W) = sums[c][v];
}

template <int W, int N>
NEUROX_INLINE void sum_columns(View T, View Z, Shape n, float* out, Index out_stride) {
  for (Index k = 0; k < n.classes; k += kClasses) {
    const View at{T.data + k, T.stride};
    float* to = out + k * out_stride;
    switch (std::min<Index>(kClasses, n.classes - k)) {
      case 1:
        sum_tile<W, 1, N>(at, Z, n.rows, to, out_stride);
        break;
      case 2:
        sum_tile<W, 2, N>(at, Z, n.rows, to, out_stride);
        break;
      case 3:
        sum_tile<W, 3, N>(at, Z, n.rows, to, out_stride);
        break;
      case 4:
        sum_tile<W, 4, N>(at, Z, n.rows, to, out_stride);
        break;
      case 5:
        sum_tile<W, 5, N>(at, Z, n.rows, to, out_stride);
        break;
      default:
        sum_tile<W, 6, N>(at, Z, n.rows, to, out_stride);
    }
  }
}

template <int W, int N>
NEUROX_INLINE void sums(View T, View Z, Shape n, float* out, Index out_stride) {
  for (Index first = 0; first < n.rows; first += kRows) {
    const Shape chunk{std::min(kRows, n.rows - first), n.classes, n.neurons};
    const View t{T.data + first * T.stride, T.stride};
    const float* z = Z.data + first * Z.stride;
    Index j = 0;
    for (; j + W * N <= n.neurons; j += W * N)
      sum_columns<W, N>(t, {z + j, Z.stride}, chunk, out + j, out_stride);
    for (; j + W <= n.neurons; j += W) sum_columns<W, 1>(t, {z + j, Z.stride}, chunk, out + j, out_stride);
    for (; j + 4 <= n.neurons; j += 4) sum_columns<4, 1>(t, {z + j, Z.stride}, chunk, out + j, out_stride);
    for (; j < n.neurons; ++j) sum_columns<1, 1>(t, {z + j, Z.stride}, chunk, out + j, out_stride);
  }
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void scores_512(View Z, View V, Shape n, float* out) {
  scores<16, 4>(Z, V, n, out);
}
__attribute__((target("avx2,fma"))) void scores_256(View Z, View V, Shape n, float* out) {
  scores<8, 2>(Z, V, n, out);
}
__attribute__((target("avx512f"))) void sums_512(View T, View Z, Shape n, float* out, Index stride) {
  sums<16, 4>(T, Z, n, out, stride);
}
__attribute__((target("avx2,fma"))) void sums_256(View T, View Z, Shape n, float* out, Index stride) {
  sums<8, 2>(T, Z, n, out, stride);
}
#endif

}  // namespace

void scores_of(const MatrixFRef& Z, const MatrixFRef& V, MatrixFOut out) {
  const View z{Z.data(), Z.outerStride()}, v{V.data(), V.outerStride()};
  const Shape n{Z.rows(), V.rows(), Z.cols()};
#if defined(__x86_64__)
  if (vector_unit() == VectorUnit::Avx512) return scores_512(z, v, n, out.data());
  if (vector_unit() == VectorUnit::Avx2) return scores_256(z, v, n, out.data());
#endif
  scores<4, 2>(z, v, n, out.data());
}

void add_outer_sums(const MatrixFRef& T, const MatrixFRef& Z, MatrixFOut out) {
  const View t{T.data(), T.outerStride()}, z{Z.data(), Z.outerStride()};
  const Shape n{Z.rows(), T.cols(), Z.cols()};
#if defined(__x86_64__)
  if (vector_unit() == VectorUnit::Avx512) return sums_512(t, z, n, out.data(), out.outerStride());
  if (vector_unit() == VectorUnit::Avx2) return sums_256(t, z, n, out.data(), out.outerStride());
#endif
  sums<4, 2>(t, z, n, out.data(), out.outerStride());
}

}  // namespace neurox
