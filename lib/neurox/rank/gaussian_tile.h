#pragma once

#include <cstddef>

namespace neurox {

/// Tokens x neurons that one kernel call scores: the innermost loops of scan_candidates.
struct GaussianTile {
  static constexpr int kStrip = 32;  ///< neurons
  static constexpr int kRows = 8;    ///< tokens whose z lie together

  std::ptrdiff_t rows = 0, classes = 0, chosen = 0;  ///< rows: a multiple of kRows
  const float* x = nullptr;                          ///< rows x kStrip
  const float* z = nullptr;                          ///< per class, per kRows tokens: chosen x kRows
  std::ptrdiff_t z_stride = 0;                       ///< floats from a class to the next
  const float* base = nullptr;                       ///< per class: rows
  std::ptrdiff_t base_stride = 0;                    ///< floats from a class to the next
  const float* tables =
      nullptr;  ///< per class: kStrip means, ln terms, factors of r^2, then chosen x kStrip of L
  const int* labels = nullptr;       ///< rows; -1: not counted
  float* scratch = nullptr;          ///< classes * kRows * kStrip
  double* log_likelihood = nullptr;  ///< kStrip sums, added to
  double* right = nullptr;           ///< kStrip counts, added to
};

void score_tile(const GaussianTile& tile);

}  // namespace neurox
