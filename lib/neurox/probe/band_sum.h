#pragma once

#include <functional>

#include "neurox/probe/standard_rows.h"

namespace neurox {

/// Adds up what tasks make of bands of StandardRows::kBand rows: bands run in parallel and are added in their
/// order in double, so the sum does not depend on scheduling.
///
/// `f(first_row, Z, part)` adds to the part of its band, #rows x #cols of `sum` and zero at first; it is
/// called on blocks of rows small enough to stay in the second-level cache, in order. `first_row` counts in
/// `rows`.
void add_bands(const MatrixFRef& rows, MatrixD& sum,
               const std::function<void(Index, const MatrixFRef&, MatrixF&)>& f);

}  // namespace neurox
