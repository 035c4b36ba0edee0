#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "command_cluster.h"
#include "neurox/cluster/neuron_clusters.h"

namespace neurox::apps {

/// `neurox cluster --method correlation`: neurons whose values rise and fall together.
struct ClusterCorrelationOptions {
  std::string correlation = "pearson";
  bool signed_distance = false;
  std::string cut;
  int min_size = 2;
  int halves = 0;
};

void declare_cluster_correlation(CLI::App& app, ClusterCorrelationOptions& own);
void run_cluster_correlation(const ClusterCommandOptions& options, const ClusterCorrelationOptions& own);

/// The cuts that --threshold and --clusters ask for, in that order.
/// @throws Error{Usage} for a threshold outside [0, most], a number below 1, one cut asked for twice
std::vector<Cut> asked_cuts(const ClusterCommandOptions& options, double most);

/// Where large matrices lie: in RAM as long as `--memory` has room, then in files beside the output.
ScratchMaker scratch_of(const ClusterCommandOptions& options);

/// The same of matrices between neurons, and how much of one is made at a time.
void keep_to_memory(NeuronClusteringOptions& settings, const ClusterCommandOptions& options,
                    std::size_t neurons);

}  // namespace neurox::apps
