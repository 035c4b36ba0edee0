#include "neurox/cluster/neuron_clusters.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "neurox/cluster/quality.h"
#include "neurox/core/error.h"

namespace neurox {
namespace {

/// Sums of one clustering's distances, gathered row by row.
struct WithinSums {
  const std::vector<int>& cluster;  ///< of each leaf
  std::vector<Index> size;
  std::vector<double> mean;  ///< distance to the other members
  std::vector<std::vector<Index>> members;

  explicit WithinSums(const std::vector<int>& of_leaf) : cluster(of_leaf), size(cluster_sizes(of_leaf)) {
    mean.assign(of_leaf.size(), 0.0);
    members.resize(size.size());
    for (std::size_t i = 0; i < of_leaf.size(); ++i)
      members[static_cast<std::size_t>(of_leaf[i])].push_back(static_cast<Index>(i));
  }
  void add(Index i, std::span<const float> row) {
    const auto& own = members[static_cast<std::size_t>(cluster[static_cast<std::size_t>(i)])];
    if (own.size() < 2) return;
    double sum = 0;
    for (const Index j : own)
      if (j != i) sum += static_cast<double>(row[static_cast<std::size_t>(j)]);
    mean[static_cast<std::size_t>(i)] = sum / static_cast<double>(own.size() - 1);
  }
};

NeuronClusters spread_over_neurons(const Cut& cut, const NeuronClustering& found, const WithinSums& within,
                                   const std::optional<std::vector<double>>& silhouette) {
  const std::size_t neurons = found.leaves.size() + found.constant.size();
  NeuronClusters out;
  out.cut = cut;
  out.clusters = static_cast<Index>(within.size.size());
  out.cluster.assign(neurons, -1);
  out.representative.assign(neurons, false);
  out.mean_correlation.assign(neurons, 0.0);
  if (silhouette) out.silhouette.emplace(neurons, 0.0);
  for (std::size_t i = 0; i < found.leaves.size(); ++i) {
    const auto neuron = static_cast<std::size_t>(found.leaves[i]);
    out.cluster[neuron] = within.cluster[i];
    out.mean_correlation[neuron] = 1 - within.mean[i];
    if (silhouette) (*out.silhouette)[neuron] = (*silhouette)[i];
  }
  for (const std::vector<Index>& members : within.members) {
    Index best = members.front();
    // Sums of the same two numbers in another order: differences below 1e-9 are none.
    for (const Index i : members)
      if (within.mean[static_cast<std::size_t>(i)] < within.mean[static_cast<std::size_t>(best)] - 1e-9)
        best = i;
    out.representative[static_cast<std::size_t>(found.leaves[static_cast<std::size_t>(best)])] = true;
  }
  return out;
}

}  // namespace

std::string Cut::name() const {
  switch (by) {
    case By::Threshold:
      return fmt::format("t{}", value);
    case By::Count:
      return fmt::format("k{}", value);
    case By::Lifetime:
      break;
  }
  return "dynamic";
}

std::vector<int> Cut::operator()(const Dendrogram& dendrogram) const {
  switch (by) {
    case By::Threshold:
      return cut_at(dendrogram, value);
    case By::Count:
      return cut_into(dendrogram, static_cast<Index>(value));
    case By::Lifetime:
      break;
  }
  return cut_by_lifetime(dendrogram, static_cast<Index>(value));
}

NeuronClustering cluster_neurons(const RowSource& X, const NeuronClusteringOptions& options) {
  Progress silent;
  Progress& progress = options.progress != nullptr ? *options.progress : silent;
  const VaryingColumns columns = varying_columns(X, progress);
  const auto n = static_cast<Index>(columns.varying.size());
  if (n == 0) throw input_error("all {} neurons are constant: there is nothing to correlate", X.cols());
  NeuronClustering out;
  out.leaves = columns.varying;
  out.constant = columns.constant;

  const std::shared_ptr<float> memory = options.scratch(n * n);
  const SquareMatrix distances{memory.get(), n};
  CorrelationOptions correlation;
  correlation.absolute = options.absolute;
  correlation.panel_bytes = options.panel_bytes;
  correlation.progress = &progress;
  correlation_distances(X, columns, correlation, distances);
  const PackedMatrix kept(distances, options.scratch);
  out.dendrogram = link_things(distances, options.linkage, progress);

  std::vector<std::vector<int>> clusters;
  std::vector<WithinSums> within;
  for (const Cut& cut : options.cuts) clusters.push_back(cut(out.dendrogram));
  for (const auto& of_leaf : clusters) within.emplace_back(of_leaf);
  std::vector<SilhouetteSums> silhouettes;
  for (const auto& of_leaf : clusters) silhouettes.emplace_back(of_leaf);
  progress.stage("representatives", n, "neurons");
  kept.for_each_row([&](Index i, std::span<const float> row) {
    for (WithinSums& sums : within) sums.add(i, row);
    if (options.silhouettes)
      for (SilhouetteSums& sums : silhouettes) sums.add(i, row);
    progress.advance_to(i + 1);
  });
  for (std::size_t c = 0; c < clusters.size(); ++c) {
    std::optional<std::vector<double>> silhouette;
    if (options.silhouettes && silhouettes[c].clusters() > 1) silhouette = silhouettes[c].values();
    out.cuts.push_back(spread_over_neurons(options.cuts[c], out, within[c], silhouette));
  }
  return out;
}

}  // namespace neurox
