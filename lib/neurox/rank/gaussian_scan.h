#pragma once

#include <span>

#include "neurox/probe/gaussian_rows.h"

namespace neurox {

/// How well the chosen neurons and one more would do, for each neuron that could be it.
struct CandidateScores {
  VectorD log_likelihood;  ///< mean ln p(label | chosen, candidate), nats
  VectorD accuracy;        ///< share of tokens with a label whose most probable class is theirs
};

/// All neurons at once, in float32: for a token i, class v and candidate j
///
///     ln p = base(i, v) - ln A(j, j | C) / 2 - r^2 / 2 A(j, j | C) s,     r = x_j - mean_j - L(C, j) . z(i)
///
/// where z = L^-1 (x_C - mean_C) and s turns A into the covariance. Tiles of tokens x classes x neurons stay
/// in registers and the first-level cache; AVX-512, AVX2 or plain vectors are chosen at run time. One pass;
/// neither an inverse nor a table of residuals is kept. Entries are #neurons (those of chosen neurons mean
/// nothing), right to about 1e-5 of 1 + |ln p|.
/// Cost: O(tokens*classes*neurons*k) additions and as many exponentials without the k.
CandidateScores scan_candidates(const GaussianClasses& classes, const GaussianRows& rows);

/// The same of a few neurons in double, in their order.
CandidateScores score_candidates(const GaussianClasses& classes, const GaussianRows& rows,
                                 std::span<const Index> candidates);

}  // namespace neurox
