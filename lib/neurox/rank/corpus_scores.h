#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/rank/corpus_units.h"
#include "neurox/rank/rank_data.h"

namespace neurox {

/// By what the units of a neuron are ordered.
enum class UnitOrder {
  Height,   ///< z: those on which the neuron is highest
  Distance  ///< mean |z|: those on which it is far from its mean, to either side
};

/// What a neuron does on the tokens of one type.
struct UnitScore {
  std::size_t kind;   ///< which of the units
  std::int32_t type;  ///< of that kind
  double mean;        ///< over its tokens, in the unit of X
  double z;           ///< (mean - the neuron's mean) / the neuron's standard deviation
  double distance;    ///< mean over its tokens of |x - the neuron's mean| / standard deviation
};

/// Scores of every neuron on the types of a corpus, the best `kept` of each kind, best first (ties: the type
/// that came first).
///
///     z(type) = (mean over the type's tokens - mean) / sd            population standard deviation
///     distance(type) = mean over the type's tokens of |x - mean| / sd
///
/// @param data   X is #tokens x #neurons; classes are not looked at
/// @param units  kinds of things, each with a type per token; each kind has its own best
/// @return #neurons lists, kinds one after the other; empty for a constant neuron
/// @throws Error{Input} when units are of another number of tokens
/// Cost: one pass, O(tokens neurons kinds) time, O(types) memory per thread.
/// Source: distance is NeuroX's get_top_words, which divides by the largest of the neuron and keeps what is
/// above 0.1; height follows Kadar, Chrupala & Alishahi, Computational Linguistics 2017 (contexts of n words
/// by the activation at their last), and of sentences Na et al., ICLR 2019.
std::vector<std::vector<UnitScore>> score_units(const RankData& data, std::span<const CorpusUnits> units,
                                                UnitOrder order, std::size_t kept,
                                                const RankOptions& options);

}  // namespace neurox
