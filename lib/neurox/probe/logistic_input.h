#pragma once

#include <span>

#include "neurox/probe/logistic.h"
#include "neurox/probe/standard_rows.h"

namespace neurox {

/// Checks what fit_logistic is given and returns the number of classes.
/// @throws Error as fit_logistic
int check_logistic_input(const RowSource& X, std::span<const int> y, const LogisticOptions& options);

/// Parameters #classes x (#neurons + 1) with zero weights and the biases that give the classes' frequencies
/// (a class without tokens has a thousandth of one).
MatrixF frequency_start(std::span<const int> y, int classes, Index neurons);

/// Statistics to standardise with: zeros and ones for all when that is switched off. Dead neurons are found
/// either way.
Standardisation standardisation(const RowSource& X, const LogisticOptions& options);

}  // namespace neurox
