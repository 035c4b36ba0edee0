#pragma once

#include <span>
#include <vector>

#include "neurox/rank/rank_data.h"

namespace neurox {

// Scores from means and variances, all labellings in one read of the activations. With weights every formula
// counts a token as often as its weight says. A neuron that does not vary scores 0, as does a class without
// tokens.

/// Probeless (Antverg & Belinkov): how far class means lie apart.
///
///     score(j, c) = sum over classes a of |mean_c(j) - mean_a(j)|,   overall(j) = sum over pairs a < b of it
///
/// In the unit of the activations, or of each neuron's standard deviation with options.standardise. Classes
/// without tokens are left out of both sums.
/// @return #neurons x (#classes + 1)
/// Source: Antverg & Belinkov, ICLR 2022.
std::vector<NeuronScores> score_probeless(const RankData& data, std::span<const Labelling> labellings,
                                          const RankOptions& options);

/// Difference of means: |mean of the class - mean of all other labelled tokens|; overall the mean over
/// classes. Unit as probeless. Layer `signed` has the difference itself.
std::vector<NeuronScores> score_mean_difference(const RankData& data, std::span<const Labelling> labellings,
                                                const RankOptions& options);

/// Cohen's d of a class against all other tokens: |difference of means| / pooled standard deviation
/// (denominator n1 + n2 - 2); overall the mean over classes. Layer `signed`.
/// Source: Cohen, Statistical Power Analysis, 1988.
std::vector<NeuronScores> score_cohens_d(const RankData& data, std::span<const Labelling> labellings,
                                         const RankOptions& options);

/// |Pearson correlation| with membership of a class (point-biserial) or with numeric labels; overall with
/// classes is eta = sqrt(share of the variance between classes), with numbers |r|. Layer `signed`.
std::vector<NeuronScores> score_correlation(const RankData& data, std::span<const Labelling> labellings,
                                            const RankOptions& options);

/// One-way ANOVA F: between-class over within-class mean square; per class that class against all others
/// (t^2), overall all classes. A neuron that is constant within classes but not between them scores the
/// largest finite float.
std::vector<NeuronScores> score_anova_f(const RankData& data, std::span<const Labelling> labellings,
                                        const RankOptions& options);

}  // namespace neurox
