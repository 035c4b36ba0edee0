#pragma once

#include <limits>

namespace neurox {

/// What a table holds where nothing was measured or nothing can be said: NaN, which files and --json write as
/// missing.
inline constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace neurox
