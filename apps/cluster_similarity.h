#pragma once

#include <CLI/CLI.hpp>

#include "command_cluster.h"

namespace neurox::apps {

/// Models side by side, on the same words: `--method maxcorr` and its like.
struct ClusterSimilarityOptions {};

/// A method's summary, as the help shows it.
std::string similarity_summary(std::string_view method);

void declare_cluster_similarity(CLI::App& app, ClusterSimilarityOptions& own);
void run_cluster_similarity(const ClusterCommandOptions& options, const ClusterSimilarityOptions& own);

}  // namespace neurox::apps
