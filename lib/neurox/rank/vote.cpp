#include "neurox/rank/vote.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/rank/overlap.h"

namespace neurox {

Consensus vote(std::span<const NeuronList> orderings, Index depth) {
  if (orderings.empty()) throw usage_error("vote: no ordering");
  const auto n = static_cast<Index>(orderings[0].size());
  if (depth < 1 || depth > n) throw usage_error("vote: the first {} of {} things", depth, n);
  Consensus out{VectorD::Zero(n), {}};
  std::vector<Index> places(orderings[0].size(), 0);  // summed over the orderings
  for (const NeuronList& order : orderings) {
    if (order.size() != orderings[0].size())
      throw usage_error("vote: orderings of {} and {} things", n, order.size());
    for (Index place = 0; place < n; ++place) {
      const Index thing = order[static_cast<std::size_t>(place)];
      out.scores(thing) += static_cast<double>(std::max<Index>(0, depth - place));
      places[static_cast<std::size_t>(thing)] += place;
    }
  }
  out.scores /= static_cast<double>(depth) * static_cast<double>(orderings.size());
  out.order.resize(places.size());
  std::iota(out.order.begin(), out.order.end(), Index{0});
  std::stable_sort(out.order.begin(), out.order.end(), [&](Index a, Index b) {
    if (out.scores(a) != out.scores(b)) return out.scores(a) > out.scores(b);
    return places[static_cast<std::size_t>(a)] < places[static_cast<std::size_t>(b)];
  });
  return out;
}

std::vector<double> neuron_vote(std::span<const NeuronList> orderings, Index depth, Index k, bool leave_out) {
  std::vector<double> out;
  if (!leave_out) {
    const Consensus all = vote(orderings, depth);
    for (const NeuronList& order : orderings) out.push_back(jaccard_at(order, all.order, k));
    return out;
  }
  std::vector<NeuronList> others(orderings.begin(), orderings.end());
  for (std::size_t i = 0; i < orderings.size(); ++i) {
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    out.push_back(jaccard_at(orderings[i], vote(others, depth).order, k));
    others.insert(others.begin() + static_cast<std::ptrdiff_t>(i), orderings[i]);
  }
  return out;
}

std::vector<double> mean_jaccard(std::span<const NeuronList> orderings, Index k) {
  if (orderings.size() < 2) throw usage_error("mean Jaccard index: {} orderings", orderings.size());
  std::vector<double> out(orderings.size(), 0);
  for (std::size_t i = 0; i < orderings.size(); ++i)
    for (std::size_t j = i + 1; j < orderings.size(); ++j) {
      const double same = jaccard_at(orderings[i], orderings[j], k);
      out[i] += same, out[j] += same;
    }
  for (double& x : out) x /= static_cast<double>(orderings.size() - 1);
  return out;
}

}  // namespace neurox
