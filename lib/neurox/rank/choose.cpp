#include "neurox/rank/choose.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/core/random.h"

namespace neurox {
namespace {

void check_count(Index count, Index total) {
  if (count < 0 || count > total)
    throw usage_error("{} neurons are asked for but there are {}", count, total);
}

/// The first `count` places of a Fisher-Yates shuffle.
NeuronList draw(NeuronList pool, Index count, Random& random) {
  for (Index i = 0; i < count; ++i) {
    const auto left = static_cast<std::uint64_t>(static_cast<Index>(pool.size()) - i);
    std::swap(pool[static_cast<std::size_t>(i)], pool[static_cast<std::size_t>(i) + random.below(left)]);
  }
  pool.resize(static_cast<std::size_t>(count));
  return pool;
}

}  // namespace

Index count_of_share(double share, Index total) {
  if (!(share >= 0 && share <= 1))
    throw usage_error("the share of neurons is {}: it must lie in [0, 1]", share);
  const auto count = static_cast<Index>(std::llround(share * static_cast<double>(total)));
  return share > 0 && total > 0 ? std::max<Index>(count, 1) : count;
}

NeuronList choose_top(const NeuronList& ordering, Index count) {
  check_count(count, static_cast<Index>(ordering.size()));
  return {ordering.begin(), ordering.begin() + count};
}

NeuronList choose_bottom(const NeuronList& ordering, Index count) {
  check_count(count, static_cast<Index>(ordering.size()));
  return {ordering.rbegin(), ordering.rbegin() + count};
}

NeuronList choose_random(Index count, Index total, std::uint64_t seed) {
  check_count(count, total);
  NeuronList pool(static_cast<std::size_t>(total));
  std::iota(pool.begin(), pool.end(), Index{0});
  Random random(seed);
  NeuronList chosen = draw(std::move(pool), count, random);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

NeuronList choose_random_matched(const NeuronList& chosen, std::span<const std::int32_t> site_of,
                                 std::uint64_t seed) {
  std::map<std::int32_t, Index> wanted;
  for (Index j : chosen) {
    if (j < 0 || j >= static_cast<Index>(site_of.size()))
      throw input_error("neuron {} is chosen but there are {}", j, site_of.size());
    ++wanted[site_of[static_cast<std::size_t>(j)]];
  }
  std::map<std::int32_t, NeuronList> pools;
  for (std::size_t j = 0; j < site_of.size(); ++j) pools[site_of[j]].push_back(static_cast<Index>(j));
  Random random(seed);
  NeuronList drawn;
  for (const auto& [site, count] : wanted) {
    check_count(count, static_cast<Index>(pools[site].size()));
    const NeuronList of_site = draw(std::move(pools[site]), count, random);
    drawn.insert(drawn.end(), of_site.begin(), of_site.end());
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

NeuronList complement(const NeuronList& chosen, Index total) {
  std::vector<bool> in(static_cast<std::size_t>(total), false);
  for (Index j : chosen) {
    if (j < 0 || j >= total) throw input_error("neuron {} is chosen but there are {}", j, total);
    in[static_cast<std::size_t>(j)] = true;
  }
  NeuronList rest;
  for (Index j = 0; j < total; ++j)
    if (!in[static_cast<std::size_t>(j)]) rest.push_back(j);
  return rest;
}

}  // namespace neurox
