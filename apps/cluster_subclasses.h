#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "command_cluster.h"
#include "neurox/cluster/latent_subclasses.h"

namespace neurox::apps {

/// `neurox cluster --method subclasses`: hidden classes under one binary label.
struct ClusterSubclassesOptions {
  std::string score_by;
  SubclassOptions settings;
};

void declare_cluster_subclasses(CLI::App& app, ClusterSubclassesOptions& own);
void run_cluster_subclasses(const ClusterCommandOptions& options, const ClusterSubclassesOptions& own);

}  // namespace neurox::apps
