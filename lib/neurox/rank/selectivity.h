#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/rank/corpus_units.h"
#include "neurox/rank/rank_data.h"

namespace neurox {

/// How much higher a neuron is over the sentences that hold a concept than over all others.
///
///     selectivity = (mean over sentences with it - mean over the others) / (most - least)
///
/// of the means over each sentence's tokens; in [-1, 1], 0 where all sentences, or none, hold it.
/// @param sentences  of the tokens
/// @param concepts   #concepts lists of sentences (types of `sentences`), ascending
/// @param wanted     #neurons lists of concepts
/// @return #neurons lists, as `wanted`
/// @throws Error{Input} when there are not as many lists as neurons
/// Source: Na, Choe, Lee & Kim, ICLR 2019, equation 2.
std::vector<std::vector<double>> selectivity(const RankData& data, const CorpusUnits& sentences,
                                             std::span<const std::vector<std::int32_t>> concepts,
                                             std::span<const std::vector<std::size_t>> wanted,
                                             const RankOptions& options);

}  // namespace neurox
