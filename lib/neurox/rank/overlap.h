#pragma once

#include <vector>

#include "neurox/rank/weight_mass.h"

/// How alike two orderings are from the top. Orderings are of the same n things, each a permutation of
/// 0..n-1, best first; X_d is how many of the first d of one are among the first d of the other. All are
/// symmetric, in [0, 1], and 1 where the orderings are equal.
///
/// Errors of all: Error{Usage} for orderings of different sizes or no permutation, and a number of things
/// that is not in [1, n].
namespace neurox {

/// X_1, ..., X_depth. O(n + depth).
std::vector<Index> common_by_depth(const NeuronList& a, const NeuronList& b, Index depth);

/// X_k / k. Of unrelated orderings k / n in the mean.
double overlap_at(const NeuronList& a, const NeuronList& b, Index k);

/// X_k / (2k - X_k), intersection over union.
double jaccard_at(const NeuronList& a, const NeuronList& b, Index k);

/// Mean over d = 1..depth of X_d / d: the first places count most. Of unrelated orderings (depth + 1) / 2n in
/// the mean. Source: Fagin, Kumar & Sivakumar 2003 (intersection metric).
double average_overlap(const NeuronList& a, const NeuronList& b, Index depth);

/// Rank-biased overlap, extrapolated:
///
///     RBO = (1-p)/p sum over d = 1..n of p^d X_d / d  +  p^n X_n / n
///
/// The agreement that somebody sees who looks at one more place with probability p each time.
/// @param p  in (0, 1); rank_biased_weight says what the first places count
/// Source: Webber, Moffat & Zobel, TOIS 2010, equation 32, for two lists of one length; here both hold
/// everything, so nothing is guessed.
double rank_biased_overlap(const NeuronList& a, const NeuronList& b, double p);

/// The share of the first `depth` places in RBO:
///
///     1 - p^(depth-1) + (1-p)/p depth ( ln 1/(1-p) - sum over i = 1..depth-1 of p^i / i )
///
/// Source: Webber, Moffat & Zobel 2010, equation 21.
/// @throws Error{Usage} for a p outside (0, 1) or a depth below 1
double rank_biased_weight(double p, Index depth);

/// The probability that the first k of two unrelated orderings of n things share at least `common`
/// (hypergeometric).
/// @throws Error{Usage} unless 1 <= k <= n and 0 <= common <= k
double overlap_by_chance(Index n, Index k, Index common);

}  // namespace neurox
