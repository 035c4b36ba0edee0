#pragma once

#include "neurox/attribute/interactions.h"
#include "neurox/attribute/methods.h"

namespace neurox::attribute {

/// Pairs of a game's players by an index: exact while the players can be enumerated and no sampling is asked
/// for, else from `samples` (50) rounds.
RowPairs index_pairs(Game& game, InteractionIndex index, const MethodOptions& options);

/// ArchDetect's strengths, on the diagonal v(i) - v(none), with ArchAttribute's groups from the
/// `merged_pairs` strongest.
RowPairs arch_pairs(Game& game, const MethodOptions& options);

}  // namespace neurox::attribute
