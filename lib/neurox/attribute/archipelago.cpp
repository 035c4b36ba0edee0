#include "neurox/attribute/archipelago.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <utility>

#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

/// v of a surrounding with two players switched over: neither, each, both. Row i * n + j for i < j.
std::vector<double> curvatures(Game& game, bool present) {
  const std::size_t n = game.players();
  const Coalition rest(n, present);
  const auto switched = [&](std::initializer_list<std::size_t> players) {
    Coalition out = rest;
    for (const std::size_t i : players) out[i] = !present;
    return out;
  };
  std::vector<Coalition> coalitions{rest};
  for (std::size_t i = 0; i < n; ++i) coalitions.push_back(switched({i}));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j) coalitions.push_back(switched({i, j}));
  const std::vector<double> v = game.values(coalitions);
  std::vector<double> out;
  std::size_t both = n + 1;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j) out.push_back(v[both++] - v[1 + i] - v[1 + j] + v[0]);
  return out;
}

}  // namespace

std::vector<PairStrength> arch_detect(Game& game, Context context) {
  const std::size_t n = game.players();
  if (n < 2) throw usage_error("ArchDetect: one player has nobody to interact with");
  std::vector<double> strengths(n * (n - 1) / 2);
  const double share = context == Context::Both ? 0.5 : 1;
  for (const bool present : {false, true}) {
    if (context == (present ? Context::Absent : Context::Present)) continue;
    const std::vector<double> found = curvatures(game, present);
    for (std::size_t k = 0; k < found.size(); ++k) strengths[k] += share * found[k] * found[k];
  }
  std::vector<PairStrength> out;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j) out.push_back({i, j, strengths[out.size()]});
  std::stable_sort(out.begin(), out.end(),
                   [](const PairStrength& x, const PairStrength& y) { return x.strength > y.strength; });
  return out;
}

std::vector<std::vector<std::size_t>> merge_overlapping(std::vector<std::vector<std::size_t>> sets) {
  std::vector<std::vector<std::size_t>> out;
  for (std::vector<std::size_t>& set : sets) {
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
    // Those already there share nothing among themselves: one look at each is enough.
    std::vector<std::vector<std::size_t>> apart;
    for (std::vector<std::size_t>& other : out) {
      const bool shares = std::any_of(other.begin(), other.end(), [&](std::size_t i) {
        return std::binary_search(set.begin(), set.end(), i);
      });
      if (!shares) {
        apart.push_back(std::move(other));
        continue;
      }
      std::vector<std::size_t> joined;
      std::set_union(set.begin(), set.end(), other.begin(), other.end(), std::back_inserter(joined));
      set = std::move(joined);
    }
    apart.push_back(std::move(set));
    out = std::move(apart);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<GroupEffect> arch_attribute(Game& game, const std::vector<std::vector<std::size_t>>& groups) {
  std::vector<Coalition> coalitions{Coalition(game.players(), false)};
  for (const std::vector<std::size_t>& group : groups) {
    Coalition members(game.players(), false);
    for (const std::size_t i : group) {
      if (i >= game.players()) throw usage_error("ArchAttribute: player {} of {}", i, game.players());
      members[i] = true;
    }
    coalitions.push_back(std::move(members));
  }
  const std::vector<double> v = game.values(coalitions);
  std::vector<GroupEffect> out;
  for (std::size_t g = 0; g < groups.size(); ++g) out.push_back({groups[g], v[g + 1] - v[0]});
  return out;
}

std::vector<GroupEffect> archipelago(Game& game, std::size_t pairs, Context context) {
  const std::vector<PairStrength> strengths = arch_detect(game, context);
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t k = 0; k < std::min(pairs, strengths.size()); ++k)
    groups.push_back({strengths[k].first, strengths[k].second});
  groups = merge_overlapping(std::move(groups));
  std::vector<bool> taken(game.players());
  for (const auto& group : groups)
    for (const std::size_t i : group) taken[i] = true;
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (!taken[i]) groups.push_back({i});
  return arch_attribute(game, groups);
}

}  // namespace neurox::attribute
