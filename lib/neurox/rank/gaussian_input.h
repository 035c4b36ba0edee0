#pragma once

#include <span>

#include "neurox/rank/gaussian_selection.h"

namespace neurox {

/// What the searches with Gaussians check of their input.

/// Checks settings and labels; returns the number of classes.
/// @throws Error as select_gaussian
int check_gaussian_input(Index tokens, std::span<const int> y, const GaussianOptions& options);

/// Checks held-out tokens against the training tokens.
void check_gaussian_held_out(const RowSource& X, const GaussianHeldOut& held_out, int num_classes);

bool on_held_out(GaussianCriterion criterion);
bool by_accuracy(GaussianCriterion criterion);

/// The number that the criterion names.
double criterion_of(const GaussianInformation& information, GaussianCriterion criterion);

}  // namespace neurox
