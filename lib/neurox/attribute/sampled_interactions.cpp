#include <algorithm>
#include <utility>

#include "neurox/attribute/interactions.h"
#include "neurox/attribute/permutation.h"
#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

/// Means of draws for every pair and every player.
class Draws {
 public:
  explicit Draws(std::size_t n) : n_(n), cells_(n * n) {}
  void add(std::size_t i, std::size_t j, double x) { cells_[std::min(i, j) * n_ + std::max(i, j)].add(x); }

  PairValues result(double none, double all) const {
    const auto n = static_cast<Index>(n_);
    PairValues out{MatrixD(n, n), MatrixD(n, n), none, all};
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = i; j < n_; ++j)
        for (const auto& [row, column] : {std::pair(i, j), std::pair(j, i)}) {
          out.values(static_cast<Index>(row), static_cast<Index>(column)) = cells_[i * n_ + j].mean();
          out.errors(static_cast<Index>(row), static_cast<Index>(column)) = cells_[i * n_ + j].error();
        }
    return out;
  }

 private:
  std::size_t n_;
  std::vector<Running> cells_;
};

Coalition with(Coalition coalition, std::size_t player) {
  coalition[player] = true;
  return coalition;
}

void check(const Game& game, const SampledInteractionOptions& options) {
  if (game.players() < 2) throw usage_error("interactions: one player has nobody to interact with");
  if (options.rounds < 1) throw usage_error("interactions: {} rounds; give at least 1", options.rounds);
}

/// Number k of the even / 2 zigzags 0, 1, -1, 2, -2, ... (modulo an even number) in which every pair of
/// numbers is neighbours exactly once. Walecki, in Lucas 1883.
std::vector<std::size_t> zigzag(std::size_t k, std::size_t even) {
  std::vector<std::size_t> out;
  for (std::size_t step = 0; step < even; ++step)
    out.push_back((k + (step % 2 == 1 ? (step + 1) / 2 : even - step / 2)) % even);
  return out;
}

/// The coalitions of one order: the players before each place and everybody, then before k with the player at
/// k + 1.
void add_coalitions(const std::vector<std::size_t>& order, std::size_t n, std::vector<Coalition>& to) {
  std::vector<Coalition> skipping;
  Coalition before(n, false);
  for (std::size_t k = 0; k < n; ++k) {
    to.push_back(before);
    if (k + 1 < n) skipping.push_back(with(before, order[k + 1]));
    before[order[k]] = true;
  }
  to.push_back(before);
  to.insert(to.end(), skipping.begin(), skipping.end());
}

}  // namespace

PairValues sampled_shapley_interaction(Game& game, const SampledInteractionOptions& options) {
  check(game, options);
  const std::size_t n = game.players(), even = n + n % 2;
  Random random(options.seed);
  Draws draws(n);
  for (int round = 0; round < options.rounds; ++round) {
    // An odd number of players gets an empty place, number n: its neighbours are no pair of that order.
    const std::vector<std::size_t> numbering = random_order(even, random);
    std::vector<std::vector<std::size_t>> orders;
    std::vector<std::size_t> gaps;  // where in the order without it the empty place was; n: nowhere
    std::vector<Coalition> coalitions;
    for (std::size_t k = 0; k < even / 2; ++k) {
      std::vector<std::size_t> order;
      std::size_t gap = n;
      for (const std::size_t number : zigzag(k, even)) {
        if (numbering[number] == n)
          gap = order.size();
        else
          order.push_back(numbering[number]);
      }
      add_coalitions(order, n, coalitions);
      orders.push_back(std::move(order));
      gaps.push_back(gap);
    }
    const std::vector<double> v = game.values(coalitions);
    std::vector<double> gains(n);
    for (std::size_t o = 0; o < orders.size(); ++o) {
      const double* before = v.data() + o * 2 * n;
      const double* skipping = before + n + 1;
      const std::vector<std::size_t>& order = orders[o];
      for (std::size_t k = 0; k < n; ++k) {
        gains[order[k]] += (before[k + 1] - before[k]) / static_cast<double>(orders.size());
        if (k + 1 < n && gaps[o] != k + 1)
          draws.add(order[k], order[k + 1], before[k + 2] - before[k + 1] - skipping[k] + before[k]);
      }
    }
    for (std::size_t i = 0; i < n; ++i) draws.add(i, i, gains[i]);
  }
  return draws.result(game.none(), game.all());
}

PairValues sampled_shapley_taylor(Game& game, const SampledInteractionOptions& options) {
  check(game, options);
  const std::size_t n = game.players();
  Random random(options.seed);
  Draws draws(n);
  for (int round = 0; round < options.rounds; ++round) {
    const std::vector<std::size_t> order = random_order(n, random);
    std::vector<Coalition> coalitions;
    Coalition before(n, false);
    for (std::size_t k = 0; k < n; ++k) {
      const Coalition first = with(before, order[k]);
      coalitions.push_back(before);
      coalitions.push_back(first);
      for (std::size_t l = k + 1; l < n; ++l) {
        coalitions.push_back(with(before, order[l]));
        coalitions.push_back(with(first, order[l]));
      }
      before = first;
    }
    const std::vector<double> v = game.values(coalitions);
    std::size_t at = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double none = v[at], first = v[at + 1];
      at += 2;
      for (std::size_t l = k + 1; l < n; ++l, at += 2)
        draws.add(order[k], order[l], v[at + 1] - first - v[at] + none);
    }
  }
  PairValues out = draws.result(game.none(), game.all());
  std::vector<Coalition> alone;
  for (std::size_t i = 0; i < n; ++i) alone.push_back(with(Coalition(n, false), i));
  const std::vector<double> v = game.values(alone);
  for (std::size_t i = 0; i < n; ++i)
    out.values(static_cast<Index>(i), static_cast<Index>(i)) = v[i] - out.none;
  out.errors.diagonal().setZero();
  return out;
}

}  // namespace neurox::attribute
