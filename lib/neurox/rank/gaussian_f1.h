#pragma once

#include <span>
#include <vector>

#include "neurox/rank/rank_data.h"

namespace neurox {

/// One neuron as a classifier by two Gaussians: F1 of "the class's Gaussian times its share is larger than
/// that of all other tokens".
///
///     n1 N(x; mean1, var1) > n2 N(x; mean2, var2)
///
/// Variances divide by n and are at least 1e-6 of the variance over all tokens, so that a class with one
/// value has a Gaussian too. Overall: mean over classes that occur. A neuron that does not vary scores 0.
/// Cost: O(tokens * classes) per neuron and labelling, vectorised.
/// Source: Bau et al., ICLR 2019 (supervised verification by a Gaussian mixture). Their code has -log sd / 2
/// in the log-likelihood where -log sd belongs; here it is the latter, and shares are part of the rule.
std::vector<NeuronScores> score_gaussian_f1(const RankData& data, std::span<const Labelling> labellings,
                                            const RankOptions& options);

}  // namespace neurox
