#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "neurox/core/no_value.h"
#include "neurox/rank/fingerprint.h"
#include "neurox/rank/weight_mass.h"

/// Several rankings of the same neurons, compared two by two.
namespace neurox {

/// One ranking: the order that it gives, and values for measures that know ties.
struct ComparedRanking {
  NeuronList order;            ///< best first
  std::vector<double> values;  ///< per neuron, larger is better; equal where the ranking tells no difference
};

/// @param scores  per neuron, larger is better; NaN: below all others
/// @param ranks   per neuron, from 1; empty: the order is that of the scores, ties by index
/// @return with the scores as values where the ranks only break their ties, else with the ranks: a ranking
/// whose order is not that of its scores means its order
/// @throws Error{Input} for ranks that are not 1..n each once, or another number of them than of scores
ComparedRanking compared_ranking(std::span<const double> scores, std::span<const double> ranks);

/// How many neurons after the first k have the value of the k-th: where it is above 0 chance of numbering
/// says which of them are in the first k.
/// @throws Error{Usage} unless 1 <= k <= n
Index tied_after(const ComparedRanking& ranking, Index k);

struct AgreementOptions {
  std::vector<Index> ks{10, 50, 100};  ///< how many of the first are compared, ascending
  double p = 0.98;                     ///< of rank-biased overlap
  NeuronSites sites = {};              ///< of the neurons; empty: no fingerprints
};

/// How alike two rankings are; the measures are those of overlap.h and core/rank_correlation.h.
struct PairAgreement {
  std::size_t first = 0, second = 0;
  std::vector<double> overlap, jaccard;  ///< per k
  std::vector<double> by_chance;         ///< per k: probability of as large an overlap of unrelated rankings
  double average_overlap = 0;            ///< of the largest k
  double rank_biased = 0;
  double kendall = 0, spearman = 0;  ///< NaN where a ranking tells no neurons apart
  /// Of the first k of each, the largest k: by which sites they lie at (fingerprint.h).
  FingerprintLikeness fingerprints{no_value, no_value};
};

/// Of every two rankings, in the order 0-1, 0-2, ..., 1-2, ...
/// @throws Error{Usage} as the measures
std::vector<PairAgreement> agreements(std::span<const ComparedRanking> rankings,
                                      const AgreementOptions& options);

/// The rankings of groups of neurons: by each group's best member.
/// @param group_of  of each neuron, from 0 without gaps
ComparedRanking ranking_of_groups(const ComparedRanking& ranking, std::span<const Index> group_of);

/// A neuron among the first k of either of two rankings.
struct MovedNeuron {
  Index neuron = 0;
  Index from = 0, to = 0;  ///< its places, from 1
};
/// The neurons among the first k of either ranking, the furthest moved first: by |ln to/from|, then by index.
std::vector<MovedNeuron> moved_neurons(const NeuronList& from, const NeuronList& to, Index k);

}  // namespace neurox
