#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "command_cluster.h"

namespace neurox::apps {

/// `neurox cluster --method redundancy`: how few layers and neurons would do for a label.
struct ClusterRedundancyOptions {
  std::string eval;
  std::vector<std::string> eval_labels;
  double held_out = 0.2;
  double layer_loss = 1, neuron_loss = 1;
  double lambda = 1e-3, l1_ratio = 0.5;
};

void declare_cluster_redundancy(CLI::App& app, ClusterRedundancyOptions& own);
void run_cluster_redundancy(const ClusterCommandOptions& options, const ClusterRedundancyOptions& own);

}  // namespace neurox::apps
