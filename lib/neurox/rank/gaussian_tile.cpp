#include "neurox/rank/gaussian_tile.h"

#include "neurox/core/vector_math.h"

namespace neurox {
namespace {

constexpr int kTileColumns = GaussianTile::kStrip, kTileRows = GaussianTile::kRows;

/// Logits of R tokens, all classes, two vectors of neurons; keeps the largest.
template <int W, int R>
NEUROX_INLINE void tile_logits(const GaussianTile& t, std::ptrdiff_t row, int column,
                               typename Vector<W>::reg (&top)[R][2]) {
  using reg = typename Vector<W>::reg;
  using loaded = typename Vector<W>::loaded;
  const std::ptrdiff_t lane = row % kTileRows;
  for (std::ptrdiff_t v = 0; v < t.classes; ++v) {
    const float* table = t.tables + v * (3 + t.chosen) * kTileColumns + column;
    const float* z = t.z + v * t.z_stride + (row - lane) * t.chosen + lane;
    reg r[R][2];
    for (int u = 0; u < 2; ++u) {
      const reg mean = *reinterpret_cast<const loaded*>(table + u * W);
#pragma GCC unroll 8
      for (int i = 0; i < R; ++i)
        r[i][u] = *reinterpret_cast<const loaded*>(t.x + (row + i) * kTileColumns + column + u * W) - mean;
    }
    const float* L = table + 3 * kTileColumns;
    for (std::ptrdiff_t a = 0; a < t.chosen; ++a, L += kTileColumns, z += kTileRows) {
      const reg l0 = *reinterpret_cast<const loaded*>(L), l1 = *reinterpret_cast<const loaded*>(L + W);
#pragma GCC unroll 8
      for (int i = 0; i < R; ++i) {
        r[i][0] -= z[i] * l0;
        r[i][1] -= z[i] * l1;
      }
    }
    float* out = t.scratch + v * R * 2 * W;
    const float* base = t.base + v * t.base_stride + row;
    for (int u = 0; u < 2; ++u) {
      const reg constant = *reinterpret_cast<const loaded*>(table + kTileColumns + u * W);
      const reg factor = *reinterpret_cast<const loaded*>(table + 2 * kTileColumns + u * W);
#pragma GCC unroll 8
      for (int i = 0; i < R; ++i) {
        const reg logit = (base[i] + constant) + factor * (r[i][u] * r[i][u]);
        *reinterpret_cast<loaded*>(out + (i * 2 + u) * W) = logit;
        top[i][u] = logit > top[i][u] ? logit : top[i][u];
      }
    }
  }
}

template <int W, int R>
NEUROX_INLINE void score_rows_by_strip(const GaussianTile& t, std::ptrdiff_t row, int column) {
  using reg = typename Vector<W>::reg;
  using ints = typename Vector<W>::ints;
  using loaded = typename Vector<W>::loaded;
  const reg zero = {};
  reg top[R][2];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) top[i][0] = top[i][1] = zero - 1e30F;
  tile_logits<W, R>(t, row, column, top);
  reg sums[2] = {}, right[2] = {};
  for (int i = 0; i < R; ++i) {
    const int label = t.labels[row + i];
    if (label < 0) continue;
    for (int u = 0; u < 2; ++u) {
      reg total = {};
      ints beaten = {};
      for (std::ptrdiff_t v = 0; v < t.classes; ++v) {
        reg logit = *reinterpret_cast<const loaded*>(t.scratch + ((v * R + i) * 2 + u) * W);
        if (v < label) beaten |= logit == top[i][u];
        logit = logit - top[i][u];
        exp_in_place<W>(logit);
        total += logit;
      }
      log_in_place<W>(total);
      const reg own = *reinterpret_cast<const loaded*>(t.scratch + ((label * R + i) * 2 + u) * W);
      sums[u] += (own - top[i][u]) - total;
      const ints hit = (own == top[i][u]) & ~beaten;
      right[u] += hit ? zero + 1.0F : zero;
    }
  }
  float parts[4][W];
  for (int u = 0; u < 2; ++u) {
    *reinterpret_cast<loaded*>(parts[u]) = sums[u];
    *reinterpret_cast<loaded*>(parts[2 + u]) = right[u];
  }
  for (int u = 0; u < 2; ++u)
    for (int j = 0; j < W; ++j) {
      t.log_likelihood[column + u * W + j] += static_cast<double>(parts[u][j]);
      t.right[column + u * W + j] += static_cast<double>(parts[2 + u][j]);
    }
}

template <int W, int R>
NEUROX_INLINE void score_strip(const GaussianTile& t) {
  for (int column = 0; column < kTileColumns; column += 2 * W)
    for (std::ptrdiff_t row = 0; row < t.rows; row += R) score_rows_by_strip<W, R>(t, row, column);
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void gaussian_512(const GaussianTile& t) {
  score_strip<16, 8>(t);
}
__attribute__((target("avx2,fma"))) void gaussian_256(const GaussianTile& t) {
  score_strip<8, 4>(t);
}
#endif

}  // namespace

void score_tile(const GaussianTile& tile) {
#if defined(__x86_64__)
  if (vector_unit() == VectorUnit::Avx512) return gaussian_512(tile);
  if (vector_unit() == VectorUnit::Avx2) return gaussian_256(tile);
#endif
  score_strip<4, 4>(tile);
}

}  // namespace neurox
