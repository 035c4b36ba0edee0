#include "neurox/rank/scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/core/error.h"

namespace neurox {
namespace {

std::vector<std::int32_t> places(const NeuronList& order) {
  std::vector<std::int32_t> ranks(order.size());
  for (std::size_t place = 0; place < order.size(); ++place)
    ranks[static_cast<std::size_t>(order[place])] = static_cast<std::int32_t>(place) + 1;
  return ranks;
}

}  // namespace

NeuronList order_by_score(const VectorD& scores) {
  for (Index j = 0; j < scores.size(); ++j)
    if (std::isnan(scores(j))) throw input_error("score of neuron {} is NaN", j);
  NeuronList order(static_cast<std::size_t>(scores.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return scores(a) > scores(b); });
  return order;
}

std::vector<std::int32_t> ranks_of(const VectorD& scores) {
  return places(order_by_score(scores));
}

RankTable rank_by_mass(const MatrixF& W, int stride) {
  const std::vector<int> steps = steps_by_mass(W, stride);
  const Index K = W.rows(), d = W.cols();
  RankTable table;
  table.scores = MatrixD::Zero(d, K + 1);
  table.ranks.resize(d, K + 1);
  for (Index k = 0; k < K; ++k) {
    const double mass = W.row(k).cast<double>().lpNorm<1>();
    if (mass > 0) table.scores.col(k) = W.row(k).transpose().cast<double>().cwiseAbs() / mass;
    // By the weights themselves: division may make unequal weights equal.
    const std::vector<std::int32_t> ranks = places(order_by_weight(W, k));
    for (Index j = 0; j < d; ++j) table.ranks(j, k) = ranks[static_cast<std::size_t>(j)];
  }
  const std::vector<std::int32_t> overall = places(order_by_mass(W, stride).neurons);
  for (Index j = 0; j < d; ++j) {
    const int step = steps[static_cast<std::size_t>(j)];
    table.scores(j, K) = static_cast<double>(stride + 1 - step) / (stride + 1);
    table.ranks(j, K) = overall[static_cast<std::size_t>(j)];
  }
  return table;
}

}  // namespace neurox
