#include "neurox/rank/relabel.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/core/random.h"

namespace neurox {
namespace {

constexpr std::size_t kStratum = 20;

using Group = std::vector<std::size_t>;  ///< tokens, ascending

bool is_labelled(const Labelling& labelling, std::size_t i) {
  return labelling.numeric() ? !std::isnan(labelling.numbers[i]) : labelling.y[i] >= 0;
}

/// Labelled tokens by group, in order of first appearance.
std::vector<Group> groups_of(const Labelling& labelling, std::span<const std::int32_t> ids) {
  if (!ids.empty() && ids.size() != labelling.size())
    throw input_error("{} group ids but {} labels", ids.size(), labelling.size());
  std::vector<Group> groups;
  std::map<std::int32_t, std::size_t> place;
  for (std::size_t i = 0; i < labelling.size(); ++i) {
    if (!is_labelled(labelling, i)) continue;
    if (ids.empty() || ids[i] < 0) {
      groups.push_back({i});
      continue;
    }
    const auto [it, fresh] = place.try_emplace(ids[i], groups.size());
    if (fresh) groups.emplace_back();
    groups[it->second].push_back(i);
  }
  return groups;
}

void shuffle(std::vector<std::size_t>& list, Random& random) {
  for (std::size_t i = list.size(); i > 1; --i)
    std::swap(list[i - 1], list[static_cast<std::size_t>(random.below(i))]);
}

/// Numbers of the groups by size, largest first, cut into strata.
std::vector<std::vector<std::size_t>> strata_of(const std::vector<Group>& groups) {
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return groups[a].size() > groups[b].size(); });
  std::vector<std::vector<std::size_t>> strata;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const bool next_size = k == 0 || groups[order[k]].size() != groups[order[k - 1]].size();
    if (strata.empty() || (next_size && strata.back().size() >= kStratum)) strata.emplace_back();
    strata.back().push_back(order[k]);
  }
  // A last stratum that is too small joins the one before it.
  if (strata.size() > 1 && strata.back().size() < kStratum) {
    auto& before = strata[strata.size() - 2];
    before.insert(before.end(), strata.back().begin(), strata.back().end());
    strata.pop_back();
  }
  return strata;
}

std::vector<std::int32_t> no_weights(const Labelling& labelling) {
  return std::vector<std::int32_t>(labelling.size(), 0);
}

std::int32_t weight_of_token(const Labelling& labelling, std::size_t i) {
  return labelling.weight.empty() ? 1 : labelling.weight[i];
}

}  // namespace

Labelling permuted(const Labelling& labelling, std::span<const std::int32_t> groups, std::uint64_t seed) {
  const std::vector<Group> members = groups_of(labelling, groups);
  Labelling out = labelling;
  Random random(seed);
  for (const std::vector<std::size_t>& stratum : strata_of(members)) {
    std::vector<std::size_t> from = stratum;
    shuffle(from, random);
    for (std::size_t k = 0; k < stratum.size(); ++k) {
      const Group& to = members[stratum[k]];
      const Group& source = members[from[k]];
      for (std::size_t t = 0; t < to.size(); ++t) {
        const std::size_t token = source[t % source.size()];
        if (labelling.numeric())
          out.numbers[to[t]] = labelling.numbers[token];
        else
          out.y[to[t]] = labelling.y[token];
      }
    }
  }
  return out;
}

Labelling resampled(const Labelling& labelling, std::span<const std::int32_t> groups, std::uint64_t seed) {
  const std::vector<Group> members = groups_of(labelling, groups);
  Labelling out = labelling;
  out.weight = no_weights(labelling);
  Random random(seed);
  for (std::size_t k = 0; k < members.size(); ++k)
    for (const std::size_t i : members[static_cast<std::size_t>(random.below(members.size()))])
      out.weight[i] += weight_of_token(labelling, i);
  return out;
}

std::pair<Labelling, Labelling> halves(const Labelling& labelling, std::span<const std::int32_t> groups,
                                       std::uint64_t seed) {
  const std::vector<Group> members = groups_of(labelling, groups);
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed);
  shuffle(order, random);
  std::pair<Labelling, Labelling> out{labelling, labelling};
  out.first.weight = out.second.weight = no_weights(labelling);
  for (std::size_t k = 0; k < order.size(); ++k) {
    Labelling& half = k < (order.size() + 1) / 2 ? out.first : out.second;
    for (const std::size_t i : members[order[k]]) half.weight[i] = weight_of_token(labelling, i);
  }
  return out;
}

}  // namespace neurox
