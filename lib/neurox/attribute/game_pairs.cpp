#include "neurox/attribute/game_pairs.h"

#include "neurox/attribute/archipelago.h"
#include "neurox/core/no_value.h"

namespace neurox::attribute {

RowPairs index_pairs(Game& game, InteractionIndex index, const MethodOptions& o) {
  const bool exact = o.samples == 0 && game.players() <= most_enumerable;
  const SampledInteractionOptions sampling{.rounds = o.samples > 0 ? o.samples : 50, .seed = o.seed};
  const PairValues p = exact ? interactions(game, index)
                       : index == InteractionIndex::ShapleyTaylor
                           ? sampled_shapley_taylor(game, sampling)
                           : sampled_shapley_interaction(game, sampling);
  RowPairs out{p.values, p.all, p.none, no_value};
  if (index == InteractionIndex::ShapleyTaylor) out.delta = p.sum() - (p.all - p.none);
  return out;
}

RowPairs arch_pairs(Game& game, const MethodOptions& o) {
  const auto n = static_cast<Index>(game.players());
  RowPairs out{MatrixD::Zero(n, n), game.all(), game.none(), no_value};
  for (const PairStrength& p : arch_detect(game)) {
    const auto i = static_cast<Index>(p.first), j = static_cast<Index>(p.second);
    out.values(i, j) = out.values(j, i) = p.strength;
  }
  for (Index i = 0; i < n; ++i) {
    Coalition alone(game.players(), false);
    alone[static_cast<std::size_t>(i)] = true;
    out.values(i, i) = game.value(alone) - out.baseline;
  }
  if (o.merged_pairs > 0)
    for (GroupEffect& group : archipelago(game, static_cast<std::size_t>(o.merged_pairs)))
      if (group.players.size() > 1) out.groups.push_back(std::move(group));
  return out;
}

}  // namespace neurox::attribute
