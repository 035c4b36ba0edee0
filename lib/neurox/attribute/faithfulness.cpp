#include "neurox/attribute/faithfulness.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/core/random.h"

namespace neurox::attribute {

Faithfulness faithfulness(Game& game, std::span<const double> scores, std::span<const double> shares) {
  const std::size_t n = game.players();
  if (scores.size() != n) throw usage_error("faithfulness: {} scores for {} players", scores.size(), n);
  if (shares.empty()) throw usage_error("faithfulness: no share of the players");
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<Coalition> asked;
  for (const double share : shares) {
    if (!(share > 0 && share <= 1))
      throw usage_error("faithfulness: share {}; write one above 0, at most 1", share);
    const auto best = std::min(n, static_cast<std::size_t>(std::ceil(share * static_cast<double>(n) - 1e-9)));
    Coalition without(n, true), alone(n, false);
    for (std::size_t i = 0; i < best; ++i) {
      without[order[i]] = false;
      alone[order[i]] = true;
    }
    asked.push_back(std::move(without));
    asked.push_back(std::move(alone));
  }
  const std::vector<double> values = game.values(asked);
  Faithfulness out;
  const double all = game.all();
  for (std::size_t s = 0; s < shares.size(); ++s) {
    out.shares.push_back(shares[s]);
    out.comprehensiveness.push_back(all - values[2 * s]);
    out.sufficiency.push_back(all - values[2 * s + 1]);
  }
  const auto mean = [](const std::vector<double>& x) {
    return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
  };
  out.mean_comprehensiveness = mean(out.comprehensiveness);
  out.mean_sufficiency = mean(out.sufficiency);
  return out;
}

Faithfulness random_faithfulness(Game& game, std::span<const double> shares, int draws, std::uint64_t seed) {
  if (draws < 1) throw usage_error("faithfulness: {} random draws; give at least 1", draws);
  Random random(seed);
  Faithfulness out;
  std::vector<double> scores(game.players());
  for (int d = 0; d < draws; ++d) {
    for (double& x : scores) x = static_cast<double>(random.next() >> 11U);
    const Faithfulness one = faithfulness(game, scores, shares);
    if (d == 0) {
      out = one;
      continue;
    }
    for (std::size_t s = 0; s < shares.size(); ++s) {
      out.comprehensiveness[s] += one.comprehensiveness[s];
      out.sufficiency[s] += one.sufficiency[s];
    }
    out.mean_comprehensiveness += one.mean_comprehensiveness;
    out.mean_sufficiency += one.mean_sufficiency;
  }
  for (std::size_t s = 0; s < shares.size(); ++s) {
    out.comprehensiveness[s] /= draws;
    out.sufficiency[s] /= draws;
  }
  out.mean_comprehensiveness /= draws;
  out.mean_sufficiency /= draws;
  return out;
}

}  // namespace neurox::attribute
