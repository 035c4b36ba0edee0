#pragma once

#include <span>
#include <vector>

#include "neurox/rank/rank_data.h"

namespace neurox {

// Searches for sets of neurons as rankings: the neurons chosen come first, in the order of choice, the others
// after them by address. Score: 1 for the first, then less by 1 / options.count a step; 0 for what was not
// chosen. Overall only. Table `selection` has a row per step.

/// Gaussian greedy forward selection by the likelihood of held-out tokens: a fifth of the sentences by seed
/// (of the tokens, where sentences are not known). See gaussian_selection.h.
/// Source: Torroba Hennigen, Williams & Cotterell, EMNLP 2020.
std::vector<NeuronScores> search_gaussian(const RankData& data, std::span<const Labelling> labellings,
                                          const RankOptions& options);

/// The same by mutual information on the training tokens.
/// Source: Antverg & Belinkov, ICLR 2022.
std::vector<NeuronScores> search_gaussian_train(const RankData& data, std::span<const Labelling> labellings,
                                                const RankOptions& options);

/// Greedy by the accuracy of a logistic probe on the same held-out tokens. See probe_search.h.
std::vector<NeuronScores> search_greedy(const RankData& data, std::span<const Labelling> labellings,
                                        const RankOptions& options);

/// Genetic search for a set of at most 10 neurons (options.count, where it is less) by options.seed, with
/// Gaussians on the same held-out tokens; ordered by what the set loses without each. Layer `frequency`:
/// share of the last population's sets that hold the neuron. Table `selection` has a row per generation. See
/// genetic_search.h.
std::vector<NeuronScores> search_genetic_sets(const RankData& data, std::span<const Labelling> labellings,
                                              const RankOptions& options);

}  // namespace neurox
