#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "command_cluster.h"
#include "neurox/cluster/nmf.h"

namespace neurox::apps {

/// `neurox cluster --method nmf`: factors without negative numbers.
struct ClusterNmfOptions {
  std::string solver = "cd";
  std::string start = "nndsvd";
  int iterations = NmfOptions{}.iterations;
  double tolerance = NmfOptions{}.tolerance;
};

void declare_cluster_nmf(CLI::App& app, ClusterNmfOptions& own);
void run_cluster_nmf(const ClusterCommandOptions& options, const ClusterNmfOptions& own);

/// `neurox cluster --method pca`: principal components.
struct ClusterPcaOptions {};

void declare_cluster_pca(CLI::App& app, ClusterPcaOptions& own);
void run_cluster_pca(const ClusterCommandOptions& options, const ClusterPcaOptions& own);

}  // namespace neurox::apps
