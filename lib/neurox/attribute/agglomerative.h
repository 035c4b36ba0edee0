#pragma once

#include <cstddef>
#include <vector>

#include "neurox/attribute/set_function.h"

namespace neurox::attribute {

struct AgglomerativeOptions {
  Context context = Context::Both;
  double percentile =
      90;  ///< of the candidates' |priority|; those at it and above are taken, at least one a round
};

/// A run of neighbouring players.
struct HierarchyNode {
  std::size_t first = 0, last = 0;    ///< players, both included
  double score = 0;                   ///< of the run, in the unit of v
  int round = 0;                      ///< in which it came to be, from 0
  std::vector<std::size_t> children;  ///< nodes it was joined from, left to right; empty for a single player
};

/// Nodes 0, ..., n-1 are the single players, the last node is everybody; children come before parents.
struct Hierarchy {
  std::vector<HierarchyNode> nodes;
};

/// Agglomeration of neighbouring players (words in the order of the text) to a tree, bottom up.
///
///     score(G) = v(all) - v(all but G)  (Context::Present), v(G) - v(none)  (Absent), their mean (Both)
///
/// Round 0 takes the players of largest |score|. Every later round looks at the players next to a run that
/// stands, with the priority |score(run + player) - score(run)| (the larger one between two runs), and joins
/// the best. A player's own node has the round in which it was taken. The root's score is v(all) - v(none) in
/// every context.
///
/// Cost: at most about n^2 values.
/// @throws Error{Usage} for a percentile outside [0, 100]
/// Source: Singh et al. 2019 (ACD), Algorithm 1, with a game's score in place of contextual decomposition,
/// for any model. Their code stops after 5 rounds and lowers the percentile for the last 5 words; ours ends
/// at the root.
Hierarchy agglomerate(Game& game, const AgglomerativeOptions& options = {});

}  // namespace neurox::attribute
