#pragma once

#include <functional>

#include "neurox/probe/standard_rows.h"

namespace neurox {

/// Adds up what tasks make of bands of StandardRows::kBand rows: bands run in parallel, each on one BLAS
/// thread, and are added in their order in double, so the sum does not depend on scheduling.
///
/// `f(first_row, Z, part)` writes the part of one band; `part` is #rows x #cols of `sum`.
/// `first_row` counts within `Z_group`.
void add_bands(const MatrixFRef& Z_group, MatrixD& sum,
               const std::function<void(Index, const MatrixFRef&, MatrixF&)>& f);

}  // namespace neurox
