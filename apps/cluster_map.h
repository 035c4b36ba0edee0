#pragma once

#include "command_cluster.h"

namespace neurox::apps {

struct ClusterMapOptions {
  std::string of = "neurons";
  std::string model;  ///< neurons by what they write, in place of by their activations
  std::string ranking;
  std::int64_t neighbours = 15;
  double min_dist = 0.1;
  std::int64_t most = 5000;
};

void declare_cluster_map(CLI::App& app, ClusterMapOptions& own);
void run_cluster_map(const ClusterCommandOptions& options, const ClusterMapOptions& own);

}  // namespace neurox::apps
