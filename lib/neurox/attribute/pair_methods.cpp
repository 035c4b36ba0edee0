#include "neurox/attribute/game_pairs.h"
#include "neurox/attribute/integrated_hessians.h"
#include "neurox/attribute/methods.h"
#include "neurox/attribute/players.h"
#include "neurox/attribute/word_game.h"

namespace neurox::attribute {
namespace {

RowPairs hessians(const Example& e, const MethodOptions& o) {
  const PairAttribution a = integrated_hessians(
      *e.function, e.baseline, {.nodes = o.steps, .tolerance = o.tolerance, .most_nodes = o.most_steps});
  std::vector<std::vector<std::int64_t>> words;
  for (const ExampleRow& row : e.rows) words.push_back(row.places);
  const torch::Tensor joined = join_pairs(a.values, words).contiguous();
  RowPairs out{MatrixD(joined.size(0), joined.size(1)), a.value, a.baseline, a.delta};
  const auto x = joined.accessor<double, 2>();
  // A pair's effect is the sum of both entries; each half of the matrix shows the whole.
  for (Index i = 0; i < out.values.rows(); ++i)
    for (Index j = 0; j < out.values.cols(); ++j) out.values(i, j) = i == j ? x[i][i] : x[i][j] + x[j][i];
  return out;
}

/// From the words of a game to the rows of the example.
RowPairs spread(const WordGame& w, const Example& e, const RowPairs& found) {
  const auto n = static_cast<Index>(e.rows.size());
  RowPairs out{MatrixD::Zero(n, n), found.value, found.baseline, found.delta, found.groups};
  for (std::size_t i = 0; i < w.rows.size(); ++i)
    for (std::size_t j = 0; j < w.rows.size(); ++j)
      out.values(static_cast<Index>(w.rows[i]), static_cast<Index>(w.rows[j])) =
          found.values(static_cast<Index>(i), static_cast<Index>(j));
  for (GroupEffect& group : out.groups)
    for (std::size_t& player : group.players) player = w.rows[player];
  return out;
}

template <InteractionIndex index>
RowPairs interaction(const Example& e, const MethodOptions& o) {
  WordGame w = WordGame::of(e);
  return spread(w, e, index_pairs(w.game, index, o));
}

RowPairs arch(const Example& e, const MethodOptions& o) {
  WordGame w = WordGame::of(e);
  return spread(w, e, arch_pairs(w.game, o));
}

constexpr PairMethod of_pairs[] = {
    {"integrated-hessians", "second derivatives along the line from the baseline", hessians},
    {"shapley-interaction", "Shapley interaction index", interaction<InteractionIndex::Shapley>},
    {"shapley-taylor", "Shapley-Taylor index of order 2; sums to f(x) - f(x')",
     interaction<InteractionIndex::ShapleyTaylor>},
    {"arch-detect", "Archipelago's strength of each pair", arch},
};

}  // namespace

std::span<const PairMethod> pair_methods() {
  return of_pairs;
}

}  // namespace neurox::attribute
