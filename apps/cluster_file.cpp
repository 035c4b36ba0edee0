#include "cluster_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/io/neuron_table.h"

namespace neurox::apps {
namespace {

using io::Tree;

std::vector<std::int32_t> integers(const std::vector<int>& values) {
  return {values.begin(), values.end()};
}

/// What one cut comes to.
struct CutFigures {
  Index clusters = 0, alone = 0, largest = 0;
  double kept = 0;        ///< representatives as a share of the neurons that vary
  double silhouette = 0;  ///< mean over those neurons; NaN where there are not two clusters
  double halves = 0;      ///< mean adjusted Rand; NaN without halvings
};

CutFigures figures_of(const NeuronClustering& found, std::size_t cut, const Stability& stability) {
  const NeuronClusters& clusters = found.cuts[cut];
  const std::vector<Index> sizes = cluster_sizes(clusters.cluster);
  CutFigures out;
  out.clusters = clusters.clusters;
  out.alone = std::count(sizes.begin(), sizes.end(), 1);
  out.largest = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
  const auto varying = static_cast<double>(found.leaves.size());
  out.kept = static_cast<double>(clusters.clusters) / varying;
  out.silhouette = std::nan("");
  if (clusters.silhouette)
    out.silhouette = std::accumulate(clusters.silhouette->begin(), clusters.silhouette->end(), 0.0) / varying;
  out.halves = std::nan("");
  if (!stability.empty()) {
    out.halves = 0;
    for (const auto& of_draw : stability) out.halves += of_draw[cut] / static_cast<double>(stability.size());
  }
  return out;
}

/// Clusters by size, the largest first; equal ones in their order.
std::vector<int> by_size(const std::vector<Index>& sizes) {
  std::vector<int> order(sizes.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return sizes[static_cast<std::size_t>(a)] > sizes[static_cast<std::size_t>(b)];
  });
  return order;
}

std::string blocks_of(const NeuronAxis& axis, const std::vector<std::size_t>& members) {
  std::vector<int> blocks;
  for (const std::size_t i : members) blocks.push_back(axis.block(i));
  std::sort(blocks.begin(), blocks.end());
  blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
  if (blocks.size() > 8) return fmt::format("{} of {} to {}", blocks.size(), blocks.front(), blocks.back());
  return fmt::format("{}", fmt::join(blocks, ", "));
}

}  // namespace

io::AnnData cluster_file(const JoinedActivations& activations, const NeuronClustering& found) {
  io::AnnData out;
  out.obs = activations.table();
  for (std::size_t c = 0; c < found.cuts.size(); ++c) {
    const NeuronClusters& clusters = found.cuts[c];
    if (c == 0) {
      out.obs.add("cluster", integers(clusters.cluster));
      out.obs.add("representative", clusters.representative);
    }
    const std::string name = clusters.cut.name();
    out.obs.add("cluster_" + name, integers(clusters.cluster));
    out.obs.add("representative_" + name, clusters.representative);
    out.obs.add("correlation_" + name, clusters.mean_correlation);
    if (clusters.silhouette) out.obs.add("silhouette_" + name, *clusters.silhouette);
  }
  out.uns["sites"] = io::sites_tree(activations.axis());
  Tree linkage = Tree::array();
  for (const Merge& m : found.dendrogram)
    linkage.push_back(
        {static_cast<double>(m.left), static_cast<double>(m.right), m.height, static_cast<double>(m.size)});
  out.uns["linkage"] = std::move(linkage);
  out.uns["leaves"] = found.leaves;
  return out;
}

io::Tree cut_figures(const NeuronClustering& found, const Stability& stability) {
  Tree out = Tree::object();
  for (std::size_t c = 0; c < found.cuts.size(); ++c) {
    const CutFigures f = figures_of(found, c, stability);
    const Cut& cut = found.cuts[c].cut;
    out["name"].push_back(cut.name());
    out["value"].push_back(cut.value);
    out["clusters"].push_back(f.clusters);
    out["alone"].push_back(f.alone);
    out["largest"].push_back(f.largest);
    out["kept"].push_back(f.kept);
    out["silhouette"].push_back(f.silhouette);
    out["halves"].push_back(f.halves);
  }
  return out;
}

void show_cuts(Console& console, const NeuronClustering& found, const Stability& stability) {
  std::vector<std::vector<Tree>> rows;
  for (std::size_t c = 0; c < found.cuts.size(); ++c) {
    const CutFigures f = figures_of(found, c, stability);
    std::vector<Tree> row{found.cuts[c].cut.name(),  f.clusters, f.alone, f.largest, f.kept,
                          shown_number(f.silhouette)};
    if (!stability.empty()) row.push_back(shown_number(f.halves));
    rows.push_back(std::move(row));
  }
  std::vector<std::string> columns{"cut", "clusters", "of one neuron", "largest", "share kept", "silhouette"};
  if (!stability.empty()) columns.emplace_back("halves agree");
  console.table("cuts", columns, rows);
}

void show_largest(Console& console, const NeuronAxis& axis, const NeuronClustering& found, int rows) {
  const NeuronClusters& clusters = found.cuts.front();
  const std::vector<Index> sizes = cluster_sizes(clusters.cluster);
  std::vector<std::vector<std::size_t>> members(sizes.size());
  for (std::size_t i = 0; i < clusters.cluster.size(); ++i)
    if (clusters.cluster[i] >= 0) members[static_cast<std::size_t>(clusters.cluster[i])].push_back(i);
  std::vector<std::vector<Tree>> shown;
  for (const int k : by_size(sizes)) {
    if (static_cast<int>(shown.size()) >= rows) break;
    const auto& own = members[static_cast<std::size_t>(k)];
    if (own.size() < 2) break;
    double sum = 0;
    std::string representative;
    for (const std::size_t i : own) {
      sum += clusters.mean_correlation[i];
      if (clusters.representative[i]) representative = axis.address(i);
    }
    shown.push_back(
        {k, own.size(), sum / static_cast<double>(own.size()), representative, blocks_of(axis, own)});
  }
  if (shown.empty()) return;
  console.table("largest", {"cluster", "neurons", "mean correlation", "representative", "blocks"}, shown);
}

void show_constant(Console& console, const NeuronAxis& axis, const std::vector<Index>& constant) {
  if (constant.empty()) return;
  std::vector<std::string> first;
  for (std::size_t i = 0; i < constant.size() && i < 3; ++i)
    first.push_back(axis.address(static_cast<std::size_t>(constant[i])));
  console.warn(fmt::format("{} neuron{} constant and in no cluster: {}{}", constant.size(),
                           constant.size() == 1 ? " is" : "s are", fmt::join(first, ", "),
                           constant.size() > 3 ? ", ..." : ""));
}

}  // namespace neurox::apps
