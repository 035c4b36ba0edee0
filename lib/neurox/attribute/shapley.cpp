#include "neurox/attribute/shapley.h"

#include <algorithm>
#include <bit>

#include "neurox/attribute/permutation.h"
#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

constexpr const char* instead = "take sampled_shapley or kernel_shap";

/// Sum over S without i of weight(|S|) (v(S + i) - v(S)).
PlayerValues enumerated(Game& game, const std::vector<double>& weight_of_size) {
  const std::vector<double> v = all_values(game, instead);
  PlayerValues out{std::vector<double>(game.players()), {}, v.front(), v.back()};
  for (std::size_t i = 0; i < game.players(); ++i) {
    const std::size_t bit = std::size_t{1} << i;
    for (std::size_t s = 0; s < v.size(); ++s)
      if ((s & bit) == 0)
        out.values[i] += weight_of_size[static_cast<std::size_t>(std::popcount(s))] * (v[s | bit] - v[s]);
  }
  return out;
}

}  // namespace

PlayerValues shapley(Game& game) {
  const std::size_t n = game.players();
  // 1 / (n C(n-1, s)), from one size to the next.
  std::vector<double> weights(n, 1 / static_cast<double>(n));
  for (std::size_t s = 1; s < n; ++s)
    weights[s] = weights[s - 1] * static_cast<double>(s) / static_cast<double>(n - s);
  return enumerated(game, weights);
}

PlayerValues banzhaf(Game& game) {
  const std::size_t n = game.players();
  return enumerated(
      game,
      std::vector<double>(n, 1 / static_cast<double>(std::uint64_t{1} << std::min<std::size_t>(n - 1, 63))));
}

PlayerValues sampled_shapley(Game& game, const PermutationOptions& options) {
  const int each = options.antithetic ? 2 : 1;
  if (options.permutations < 1 || options.permutations % each != 0)
    throw usage_error("Shapley sampling: {} permutations{}", options.permutations,
                      options.antithetic ? " in pairs; give an even number" : "; give at least 1");
  const std::size_t n = game.players();
  PlayerValues out{std::vector<double>(n), std::vector<double>(n), game.none(), game.all()};
  Random random(options.seed);
  std::vector<Running> gains(n);
  // Several draws go to the game at once, about a thousand coalitions.
  const int together =
      static_cast<int>(std::max<std::size_t>(1, 1024 / (n * static_cast<std::size_t>(each))));
  for (int left = options.permutations / each; left > 0; left -= together) {
    std::vector<std::vector<std::size_t>> orders;
    for (int draw = 0; draw < std::min(left, together); ++draw) {
      orders.push_back(random_order(n, random));
      if (options.antithetic) orders.emplace_back(orders.back().rbegin(), orders.back().rend());
    }
    std::vector<Coalition> prefixes;
    for (const auto& order : orders) {
      Coalition prefix(n, false);
      for (const std::size_t player : order) {
        prefix[player] = true;
        prefixes.push_back(prefix);
      }
    }
    const std::vector<double> v = game.values(prefixes);
    std::vector<double> gain(n);
    for (std::size_t o = 0; o < orders.size(); ++o) {
      double before = out.none;
      for (std::size_t k = 0; k < n; ++k) {
        gain[orders[o][k]] += (v[o * n + k] - before) / each;
        before = v[o * n + k];
      }
      if (options.antithetic && o % 2 == 0) continue;
      for (std::size_t i = 0; i < n; ++i) gains[i].add(gain[i]);
      std::fill(gain.begin(), gain.end(), 0);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    out.values[i] = gains[i].mean();
    out.errors[i] = gains[i].error();
  }
  return out;
}

PlayerValues leave_out(Game& game, const OcclusionOptions& options) {
  const std::size_t n = game.players();
  if (options.window < 1 || options.window > n)
    throw usage_error("occlusion: a window of {} of {} players", options.window, n);
  if (options.stride < 1 || options.stride > options.window)
    throw usage_error(
        "occlusion: a stride of {} with a window of {}; players between windows would have no value",
        options.stride, options.window);
  const std::size_t windows = (n - options.window + options.stride - 1) / options.stride + 1;
  const auto end = [&](std::size_t w) { return std::min(w * options.stride + options.window, n); };
  std::vector<Coalition> rests;
  for (std::size_t w = 0; w < windows; ++w) {
    Coalition rest(n, true);
    for (std::size_t i = w * options.stride; i < end(w); ++i) rest[i] = false;
    rests.push_back(std::move(rest));
  }
  PlayerValues out{std::vector<double>(n), {}, game.none(), game.all()};
  const std::vector<double> v = game.values(rests);
  std::vector<double> covered(n);
  for (std::size_t w = 0; w < windows; ++w)
    for (std::size_t i = w * options.stride; i < end(w); ++i) {
      out.values[i] += out.all - v[w];
      ++covered[i];
    }
  for (std::size_t i = 0; i < n; ++i) out.values[i] /= covered[i];
  return out;
}

}  // namespace neurox::attribute
