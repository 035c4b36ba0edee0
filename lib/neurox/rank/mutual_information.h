#pragma once

#include <span>
#include <vector>

#include "neurox/rank/rank_data.h"

namespace neurox {

/// Mutual information of a neuron, cut into `options.bins` quantile bins, and the labels, in nats.
///
///     I = sum over bins b and labels l of p(b, l) log(p(b, l) / (p(b) p(l)))      (plug-in)
///
/// Per class: with membership of it; overall: with all classes, or with numeric labels cut into as many
/// quantile bins. Bin edges are the quantiles k / bins over labelled tokens; a value on an edge belongs to
/// the bin above it. The plug-in estimate is biased upward, by about (bins - 1)(classes - 1) / (2 tokens).
/// @throws Error{Usage} unless there are at least 2 bins
std::vector<NeuronScores> score_mutual_information(const RankData& data,
                                                   std::span<const Labelling> labellings,
                                                   const RankOptions& options);

/// The same with bins of equal width between the smallest and the largest value.
std::vector<NeuronScores> score_mutual_information_width(const RankData& data,
                                                         std::span<const Labelling> labellings,
                                                         const RankOptions& options);

/// Mutual information by nearest neighbours (Ross): no bins, in nats, at least 0.
///
///     I(c) = psi(n) - psi(tokens of c) + <psi(k) - psi(m)> over the tokens of c
///
/// Per class: how far its values are distributed unlike all (Kullback-Leibler divergence of p(x | c) from
/// p(x)); overall: the mean weighted by the classes' tokens, which is the mutual information.
/// k = options.neighbours (fewer in a small class); m counts the tokens of any class nearer than the k-th
/// neighbour in the own class. Where that neighbour has the same value, k and m count the tokens with that
/// value (Gao et al.); scikit-learn adds noise instead. Classes of one token are left out. A token counts
/// once, whatever its weight.
/// Numeric labels: score_numeric_information.
/// @throws Error{Usage} unless there is at least one neighbour
/// Source: Ross, PLoS ONE 2014; Gao, Kannan, Oh & Viswanath, NeurIPS 2017.
std::vector<NeuronScores> score_nearest_information(const RankData& data,
                                                    std::span<const Labelling> labellings,
                                                    const RankOptions& options);

/// The same of numeric labels: plane_information of a neuron's values and the numbers, each in its standard
/// deviation, at least 0; 0 of constant ones. A token counts once, whatever its weight.
/// @throws Error{Input} when labels are classes
std::vector<NeuronScores> score_numeric_information(const RankData& data,
                                                    std::span<const Labelling> labellings,
                                                    const RankOptions& options);

}  // namespace neurox
