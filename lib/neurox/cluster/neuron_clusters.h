#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "neurox/cluster/correlation.h"
#include "neurox/cluster/linkage.h"

namespace neurox {

/// One way to cut a dendrogram.
struct Cut {
  enum class By { Threshold, Count, Lifetime };
  By by = By::Threshold;
  double value = 0;  ///< distance, number of clusters, least size of a cluster

  /// `t0.3`, `k10`, `dynamic`: what columns of a file are called after.
  std::string name() const;
  std::vector<int> operator()(const Dendrogram& dendrogram) const;
};

struct NeuronClusteringOptions {
  bool absolute = true;
  Linkage linkage = Linkage::Average;
  std::vector<Cut> cuts;
  bool silhouettes = true;
  std::int64_t panel_bytes = std::int64_t{2} << 30;
  ScratchMaker scratch = plain_scratch();
  Progress* progress = nullptr;
};

/// The clusters of one cut; #neurons values each.
struct NeuronClusters {
  Cut cut;
  std::vector<int> cluster;          ///< -1: constant
  std::vector<bool> representative;  ///< one of each cluster
  std::vector<double>
      mean_correlation;  ///< with the other members, |r| or r; 1 for a neuron alone, 0 for constant
  std::optional<std::vector<double>> silhouette;  ///< nothing where there are fewer than two clusters
  Index clusters = 0;
};

struct NeuronClustering {
  std::vector<Index> leaves;    ///< neurons that vary: leaf i is neuron leaves[i]
  std::vector<Index> constant;  ///< those kept apart
  Dendrogram dendrogram;
  std::vector<NeuronClusters> cuts;
};

/// Neurons whose values rise and fall together over the tokens, by hierarchical clustering of 1 - |r|.
///
/// A cluster's representative is the member whose mean |r| with the other members is the largest (with
/// absolute off: mean r), ties to the lowest. Constant neurons are in no cluster.
/// @param X  #tokens x #neurons activations, finite; read as varying_columns and correlation_distances do
/// @throws Error{Input} with fewer than two tokens, or when no neuron varies; Error{Usage} as the cuts
/// Memory: neurons^2 floats, half as many more where representatives are looked for after a linkage that
/// uses the matrix up, and a sixteenth; the first two come from `scratch`.
/// Source: Dalvi et al., EMNLP 2020 (NeuroX: average linkage of 1 - |r|, a random representative).
NeuronClustering cluster_neurons(const RowSource& X, const NeuronClusteringOptions& options);

}  // namespace neurox
