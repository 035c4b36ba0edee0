#include "neurox/rank/counts.h"

#include "neurox/core/error.h"

namespace neurox {

std::vector<MassCount> count_by_mass(const MatrixF& W, std::span<const double> shares) {
  std::vector<MassCount> counts;
  for (double share : shares) {
    const NeuronSets sets = top_by_mass(W, share);
    MassCount count{share, {}, static_cast<std::int64_t>(sets.together.size())};
    for (const NeuronList& list : sets.per_class)
      count.per_class.push_back(static_cast<std::int64_t>(list.size()));
    counts.push_back(std::move(count));
  }
  return counts;
}

std::vector<std::int64_t> spread_over_sites(const NeuronList& neurons, std::span<const std::int32_t> site_of,
                                            int num_sites) {
  std::vector<std::int64_t> spread(static_cast<std::size_t>(num_sites), 0);
  for (Index j : neurons) {
    if (j < 0 || j >= static_cast<Index>(site_of.size()))
      throw input_error("neuron {} is listed but there are {}", j, site_of.size());
    const std::int32_t site = site_of[static_cast<std::size_t>(j)];
    if (site < 0 || site >= num_sites)
      throw input_error("neuron {} is at site {} but there are {}", j, site, num_sites);
    ++spread[static_cast<std::size_t>(site)];
  }
  return spread;
}

Sharing sharing_between_classes(const std::vector<NeuronList>& per_class, Index num_neurons) {
  const auto K = static_cast<Index>(per_class.size());
  std::vector<std::vector<Index>> classes_of(static_cast<std::size_t>(num_neurons));
  for (Index k = 0; k < K; ++k)
    for (Index j : per_class[static_cast<std::size_t>(k)]) {
      if (j < 0 || j >= num_neurons)
        throw input_error("neuron {} is listed but there are {}", j, num_neurons);
      classes_of[static_cast<std::size_t>(j)].push_back(k);
    }
  Sharing sharing;
  sharing.focused.resize(per_class.size());
  MatrixD both = MatrixD::Zero(K, K);
  for (Index j = 0; j < num_neurons; ++j) {
    const std::vector<Index>& classes = classes_of[static_cast<std::size_t>(j)];
    sharing.classes_per_neuron.push_back(static_cast<std::int64_t>(classes.size()));
    if (classes.size() == 1) sharing.focused[static_cast<std::size_t>(classes[0])].push_back(j);
    if (classes.size() > 1) sharing.shared.push_back(j);
    for (Index a : classes)
      for (Index b : classes) both(a, b) += 1;
  }
  sharing.jaccard = MatrixD::Zero(K, K);
  for (Index a = 0; a < K; ++a)
    for (Index b = 0; b < K; ++b) {
      const double either = both(a, a) + both(b, b) - both(a, b);
      if (either > 0) sharing.jaccard(a, b) = both(a, b) / either;
    }
  return sharing;
}

}  // namespace neurox
