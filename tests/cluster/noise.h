#pragma once

#include "neurox/core/matrix.h"
#include "neurox/core/random.h"

namespace neurox::testing {

/// Numbers in [-1, 1], the same from the same seed.
inline MatrixF noise(Index rows, Index cols, std::uint64_t seed) {
  Random random(seed);
  MatrixF X(rows, cols);
  for (float& x : X.reshaped()) x = static_cast<float>(random.below(20001)) / 10000.0F - 1.0F;
  return X;
}

}  // namespace neurox::testing
