#pragma once

#include <vector>

#include "console.h"
#include "joined_activations.h"
#include "neurox/cluster/neuron_clusters.h"
#include "neurox/io/anndata.h"

namespace neurox::apps {

/// Adjusted Rand indices, one row for each halving, one column for each cut.
using Stability = std::vector<std::vector<double>>;

/// The file of neuron clusters (docs/files.md): rows are neurons; `cluster` and `representative` are those of
/// the first cut, `cluster_NAME` and `representative_NAME` those of each; `uns/linkage` is scipy's matrix,
/// `uns/leaves` the row of each of its leaves.
io::AnnData cluster_file(const JoinedActivations& activations, const NeuronClustering& found);

/// Per cut: clusters, sizes, silhouette, agreement of halves.
io::Tree cut_figures(const NeuronClustering& found, const Stability& stability);

void show_cuts(Console& console, const NeuronClustering& found, const Stability& stability);
/// The largest clusters of the first cut.
void show_largest(Console& console, const NeuronAxis& axis, const NeuronClustering& found, int rows);
/// Says which neurons were kept apart, if any.
void show_constant(Console& console, const NeuronAxis& axis, const std::vector<Index>& constant);

}  // namespace neurox::apps
