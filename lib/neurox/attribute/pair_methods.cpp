#include "neurox/attribute/archipelago.h"
#include "neurox/attribute/integrated_hessians.h"
#include "neurox/attribute/interactions.h"
#include "neurox/attribute/methods.h"
#include "neurox/attribute/players.h"
#include "neurox/attribute/word_game.h"
#include "neurox/core/no_value.h"

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

RowPairs spread_pairs(const WordGame& w, const Example& e, const MatrixD& pairs) {
  const auto n = static_cast<Index>(e.rows.size());
  RowPairs out{MatrixD::Zero(n, n), 0, 0, no_value};
  for (std::size_t i = 0; i < w.rows.size(); ++i)
    for (std::size_t j = 0; j < w.rows.size(); ++j)
      out.values(static_cast<Index>(w.rows[i]), static_cast<Index>(w.rows[j])) =
          pairs(static_cast<Index>(i), static_cast<Index>(j));
  return out;
}

template <InteractionIndex index>
RowPairs interaction(const Example& e, const MethodOptions& o) {
  WordGame w = WordGame::of(e);
  const bool exact = o.samples == 0 && w.game.players() <= most_enumerable;
  const SampledInteractionOptions sampling{.rounds = o.samples > 0 ? o.samples : 50, .seed = o.seed};
  const PairValues p = exact ? interactions(w.game, index)
                       : index == InteractionIndex::ShapleyTaylor
                           ? sampled_shapley_taylor(w.game, sampling)
                           : sampled_shapley_interaction(w.game, sampling);
  RowPairs out = spread_pairs(w, e, p.values);
  out.value = p.all;
  out.baseline = p.none;
  if (index == InteractionIndex::ShapleyTaylor) out.delta = p.sum() - (p.all - p.none);
  return out;
}

RowPairs arch(const Example& e, const MethodOptions&) {
  WordGame w = WordGame::of(e);
  const auto n = static_cast<Index>(w.rows.size());
  MatrixD pairs = MatrixD::Zero(n, n);
  for (const PairStrength& p : arch_detect(w.game))
    pairs(static_cast<Index>(p.first), static_cast<Index>(p.second)) =
        pairs(static_cast<Index>(p.second), static_cast<Index>(p.first)) = p.strength;
  for (Index i = 0; i < n; ++i) {
    Coalition alone(w.rows.size(), false);
    alone[static_cast<std::size_t>(i)] = true;
    pairs(i, i) = w.game.value(alone) - w.game.none();
  }
  RowPairs out = spread_pairs(w, e, pairs);
  out.value = w.game.all();
  out.baseline = w.game.none();
  return out;
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
