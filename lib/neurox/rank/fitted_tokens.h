#pragma once

#include <cstdint>

#include "neurox/probe/split.h"
#include "neurox/rank/rank_data.h"

namespace neurox {

enum class FittedLabels { Classes, Numbers };

/// What methods that fit a model to all neurons ask of labels: the right kind, and every token once.
/// @throws Error{Input, Usage} as check_labelling, and when labels are of the other kind or weighted
void check_fitted(const RankData& data, const Labelling& labelling, FittedLabels kind);

/// A fifth of the sentences, held out by seed; of the tokens, where sentences are not known.
Split held_out_sentences(const RankData& data, std::size_t tokens, std::uint64_t seed);

}  // namespace neurox
