#pragma once

#include <span>

namespace neurox {

/// Spearman's rank correlation: Pearson's of the ranks, ties with their mean rank.
///
/// NaN for fewer than two values and where either side is constant.
/// @throws Error{Usage} for sizes that differ
double spearman(std::span<const double> a, std::span<const double> b);

/// Kendall's rank correlation, tau-b: of all pairs of things, those that both sides order alike less those
/// that they order differently, over the root of the numbers of pairs that each side orders at all.
///
/// NaN for fewer than two values and where either side is constant. Infinite values order like any others.
/// Cost: O(n log n).
/// Source: Kendall 1945; sorting as Knight, JASA 1966.
/// @throws Error{Usage} for sizes that differ
double kendall_tau_b(std::span<const double> a, std::span<const double> b);

}  // namespace neurox
