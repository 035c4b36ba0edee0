#include "neurox/attribute/tree_methods.h"

#include <utility>

#include "neurox/attribute/decomposition.h"
#include "neurox/attribute/players.h"
#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

Players words_of(const Example& e, std::vector<std::size_t>& rows) {
  Players players;
  for (std::size_t r = 0; r < e.rows.size(); ++r) {
    if (e.rows[r].special) continue;
    rows.push_back(r);
    players.push_back(e.rows[r].places);
  }
  if (players.empty()) throw input_error("{}: no word in it", e.where);
  return players;
}

RowTree tree_of(const Example& e, std::vector<std::size_t> rows, SetFunction score, Context context) {
  Game game(rows.size(), std::move(score));
  RowTree out{std::move(rows), agglomerate(game, {.context = context}), 0, game.none()};
  out.value = e.function->value(e.function->embeddings());
  return out;
}

RowTree by_decomposition(const Example& e) {
  std::vector<std::size_t> rows;
  SetFunction score = decomposed_words(*e.function, words_of(e, rows));
  return tree_of(e, std::move(rows), std::move(score), Context::Absent);
}

/// Of several baselines, the mean of the values.
RowTree by_occlusion(const Example& e) {
  std::vector<std::size_t> rows;
  const Players players = words_of(e, rows);
  std::vector<SetFunction> each;
  for (const torch::Tensor& baseline : e.baselines)
    each.push_back(baseline_words(*e.function, players, baseline));
  const auto mean = [each = std::move(each)](std::span<const Coalition> coalitions) {
    std::vector<double> sums(coalitions.size());
    for (const SetFunction& f : each) {
      const std::vector<double> values = f(coalitions);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += values[i];
    }
    for (double& x : sums) x /= static_cast<double>(each.size());
    return sums;
  };
  return tree_of(e, std::move(rows), mean, Context::Both);
}

constexpr TreeMethod trees[] = {
    {"agglomerative", "tree of words by contextual decomposition", by_decomposition, BaselineUse::None},
    {"agglomerative-occlusion", "the same by what a group gives and what is lost without it", by_occlusion,
     BaselineUse::Each},
};

}  // namespace

std::span<const TreeMethod> tree_methods() {
  return trees;
}

}  // namespace neurox::attribute
