#pragma once

#include <filesystem>

#include "neurox/core/matrix.h"

namespace neurox::io {

/// An array that NumPy saved (`np.save`): versions 1 to 3, float16, float32 or float64 of this machine's byte
/// order, C or Fortran order, one dimension (one row) or two.
/// @throws Error{Input}, one line naming the file: not such an array, a damaged file, a number that is not
/// finite
MatrixF read_npy(const std::filesystem::path& path);

}  // namespace neurox::io
