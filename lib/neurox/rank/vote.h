#pragma once

#include <span>

#include "neurox/core/matrix.h"
#include "neurox/rank/weight_mass.h"

namespace neurox {

/// What several orderings of the same n things say together.
struct Consensus {
  VectorD scores;    ///< #things, in [0, 1]: 1 where every ordering has it first, 0 where none has it early
  NeuronList order;  ///< score descending, then sum of places ascending, then index ascending
};

/// Each ordering gives its first thing `depth` votes, the next one less, those after the first `depth` none:
///
///     score(j) = 1 / (M depth) sum over the M orderings of max(0, depth - place(j)),  place from 0
///
/// (Borda's count of the first `depth`.)
/// @throws Error{Usage} for no ordering, orderings of different sizes, unless 1 <= depth <= n
/// Source: Fan, Dalvi, Durrani & Sajjad, NeurIPS 2023, as their code has it (neuron_vote.py: of the first
/// 100). Theirs breaks ties by numpy's unstable sort, ours by index.
Consensus vote(std::span<const NeuronList> orderings, Index depth);

/// NeuronVote of each ordering: the Jaccard index of its first k with the consensus's.
/// @param leave_out  the consensus of the others: an ordering's own votes draw the consensus towards it
/// @throws Error{Usage} as vote, and unless 1 <= k <= n; with leave_out also for a single ordering
std::vector<double> neuron_vote(std::span<const NeuronList> orderings, Index depth, Index k, bool leave_out);

/// AvgOverlap of each ordering: the mean over the others of the Jaccard index of the first k.
/// @throws Error{Usage} for fewer than two orderings, and unless 1 <= k <= n
/// Source: Fan et al. 2023, who compare with a given list of methods; here the others are those given.
std::vector<double> mean_jaccard(std::span<const NeuronList> orderings, Index k);

}  // namespace neurox
