#include "neurox/attribute/interactions.h"

#include <bit>
#include <cmath>

#include "neurox/attribute/shapley.h"
#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

/// Weight of delta_ij(T) by the size of T: index t, from 0 to n - 2.
std::vector<double> weights_of_sizes(InteractionIndex index, std::size_t n) {
  std::vector<double> out(n - 1);
  const auto count = static_cast<double>(n);
  double choose_of_rest = 1, choose_of_others = 1;  // C(n-2, t), C(n-1, t)
  for (std::size_t t = 0; t + 1 < n; ++t) {
    if (t > 0) {
      choose_of_rest = choose_of_rest * static_cast<double>(n - 1 - t) / static_cast<double>(t);
      choose_of_others = choose_of_others * static_cast<double>(n - t) / static_cast<double>(t);
    }
    switch (index) {
      case InteractionIndex::Shapley:
      case InteractionIndex::NShapley:
        out[t] = 1 / ((count - 1) * choose_of_rest);
        break;
      case InteractionIndex::ShapleyTaylor:
        out[t] = 2 / (count * choose_of_others);
        break;
      case InteractionIndex::Banzhaf:
        out[t] = std::exp2(2 - count);
        break;
    }
  }
  return out;
}

}  // namespace

double PairValues::sum() const {
  return (values.sum() + values.diagonal().sum()) / 2;
}

PairValues interactions(Game& game, InteractionIndex index) {
  const std::size_t n = game.players();
  if (n < 2) throw usage_error("interactions: one player has nobody to interact with");
  const std::vector<double> v =
      all_values(game, "take sampled_shapley_interaction or sampled_shapley_taylor");
  const std::vector<double> weights = weights_of_sizes(index, n);
  PairValues out{MatrixD::Zero(static_cast<Index>(n), static_cast<Index>(n)), {}, v.front(), v.back()};
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j) {
      const std::size_t a = std::size_t{1} << i, b = std::size_t{1} << j;
      double sum = 0;
      for (std::size_t t = 0; t < v.size(); ++t)
        if ((t & (a | b)) == 0)
          sum += weights[static_cast<std::size_t>(std::popcount(t))] *
                 (v[t | a | b] - v[t | a] - v[t | b] + v[t]);
      out.values(static_cast<Index>(i), static_cast<Index>(j)) =
          out.values(static_cast<Index>(j), static_cast<Index>(i)) = sum;
    }
  VectorD alone(static_cast<Index>(n));
  const std::vector<double> single =
      index == InteractionIndex::Banzhaf ? banzhaf(game).values : shapley(game).values;
  for (std::size_t i = 0; i < n; ++i)
    alone(static_cast<Index>(i)) =
        index == InteractionIndex::ShapleyTaylor ? v[std::size_t{1} << i] - v.front() : single[i];
  if (index == InteractionIndex::NShapley) alone -= out.values.rowwise().sum() / 2;
  out.values.diagonal() = alone;
  return out;
}

}  // namespace neurox::attribute
