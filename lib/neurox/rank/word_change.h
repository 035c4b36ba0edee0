#pragma once

#include <vector>

#include "neurox/rank/corpus_units.h"
#include "neurox/rank/rank_data.h"

namespace neurox {

/// A word under two models.
struct WordMove {
  std::int32_t type;
  double before, after;  ///< z of the word's mean
};

/// How the words that a neuron prefers changed from one model to another of its shape.
struct WordChange {
  /// Pearson's correlation of z over the word types; NaN where the neuron is constant in a model. Below 0 the
  /// preference turned over.
  double correlation;
  double kept;                  ///< share of the first words (by |z|) of both that they have in common
  std::vector<WordMove> moved;  ///< by |after - before|, the largest first
};

struct WordChangeOptions {
  std::size_t firsts = 10;  ///< words whose overlap is `kept`
  std::size_t listed = 5;   ///< of `moved`
};

/// One entry per neuron.
///
///     z(word) = (mean over the word's tokens - the neuron's mean) / the neuron's standard deviation
///
/// @param before, after  X of the same tokens and neurons
/// @param words          types of the tokens
/// @throws Error{Input} when tokens or neurons differ in number
/// Cost: a pass over each, O(types neurons) memory.
std::vector<WordChange> word_changes(const RankData& before, const RankData& after, const CorpusUnits& words,
                                     const WordChangeOptions& what, const RankOptions& options);

}  // namespace neurox
