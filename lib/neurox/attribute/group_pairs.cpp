#include "neurox/attribute/group_pairs.h"

#include "neurox/attribute/game_pairs.h"
#include "neurox/attribute/integrated_hessians.h"
#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

template <class Pairs>
RowPairs on_game(const Example& e, const GroupPlayers& players, const Pairs& pairs) {
  const EditedFunction f(*e.function);
  Game game(players.groups.size(), replaced_groups(f, players.edits));
  return pairs(game);
}

template <InteractionIndex index>
RowPairs by_index(const Example& e, const GroupPlayers& players, const MethodOptions& o) {
  return on_game(e, players, [&](Game& game) { return index_pairs(game, index, o); });
}
RowPairs by_arch(const Example& e, const GroupPlayers& players, const MethodOptions& o) {
  return on_game(e, players, [&](Game& game) { return arch_pairs(game, o); });
}

RowPairs by_hessians(const Example& e, const GroupPlayers& players, const MethodOptions& o) {
  if (players.axis.sites.size() != 1)
    throw usage_error("integrated-hessians: neurons of {} sites; of neurons it goes along a line within one",
                      players.axis.sites.size());
  const SiteColumns& site = players.axis.sites.front();
  std::vector<std::int64_t> group(static_cast<std::size_t>(site.width),
                                  static_cast<std::int64_t>(players.groups.size()));
  for (std::size_t g = 0; g < players.groups.size(); ++g)
    for (const std::int64_t n : players.groups[g].neurons)
      group[static_cast<std::size_t>(players.axis.neurons[static_cast<std::size_t>(n)].index)] =
          static_cast<std::int64_t>(g);
  const PairAttribution a =
      integrated_hessians_at(*e.function, *site_of(site), e.baseline, group,
                             {.nodes = o.steps, .tolerance = o.tolerance, .most_nodes = o.most_steps});
  const torch::Tensor pairs = a.values.contiguous();
  const auto n = static_cast<Index>(pairs.size(0));
  RowPairs out{MatrixD(n, n), a.value, a.baseline, a.delta};
  const auto x = pairs.accessor<double, 2>();
  // A pair's effect is the sum of both entries; each half of the matrix shows the whole.
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) out.values(i, j) = i == j ? x[i][i] : x[i][j] + x[j][i];
  return out;
}

constexpr GroupPairMethod table[] = {
    {"integrated-hessians", true, by_hessians},
    {"shapley-interaction", false, by_index<InteractionIndex::Shapley>},
    {"shapley-taylor", false, by_index<InteractionIndex::ShapleyTaylor>},
    {"arch-detect", false, by_arch},
};

}  // namespace

std::span<const GroupPairMethod> group_pair_methods() {
  return table;
}

}  // namespace neurox::attribute
