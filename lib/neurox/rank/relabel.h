#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/rank/rank_data.h"

namespace neurox {

/// A random relabelling that keeps together what belongs together.
///
/// Groups (word types, sentences; -1: none) exchange their labels: each takes those of another group in the
/// same stratum, in order of its tokens, again from the beginning where it has more tokens. A stratum is all
/// groups of one size, joined with those of the next sizes until it has 20, so that frequent words exchange
/// labels with frequent ones. Without groups single tokens exchange labels.
///
/// So a word that is always a noun stays always one thing, and a neuron that knows words but no classes
/// finds as much in permuted labels as in the true ones.
/// Tokens without a label are not touched. The same seed gives the same relabelling on any machine.
/// @param groups  #tokens group ids, or empty
/// @throws Error{Input} when sizes differ
Labelling permuted(const Labelling& labelling, std::span<const std::int32_t> groups, std::uint64_t seed);

/// A bootstrap draw of whole groups with replacement: as many as there are, as weights of their tokens.
Labelling resampled(const Labelling& labelling, std::span<const std::int32_t> groups, std::uint64_t seed);

/// Two random halves of the groups (one more in the first where their number is odd), as weights 0 and 1.
std::pair<Labelling, Labelling> halves(const Labelling& labelling, std::span<const std::int32_t> groups,
                                       std::uint64_t seed);

}  // namespace neurox
