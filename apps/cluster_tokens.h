#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

#include "command_cluster.h"

namespace neurox::apps {

/// `neurox cluster --method kmeans`: tokens by their representations, in so many clusters.
struct ClusterKMeansOptions {
  int restarts = 1;
  int iterations = 300;
};
void declare_cluster_kmeans(CLI::App& app, ClusterKMeansOptions& own);
void run_cluster_kmeans(const ClusterCommandOptions& options, const ClusterKMeansOptions& own);

/// `neurox cluster --method tokens`: tokens by hierarchical clustering of their representations.
struct ClusterTokensOptions {
  std::int64_t max_tokens = 10000;
};
void declare_cluster_tokens(CLI::App& app, ClusterTokensOptions& own);
void run_cluster_tokens(const ClusterCommandOptions& options, const ClusterTokensOptions& own);

}  // namespace neurox::apps
