#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "common_options.h"

namespace neurox::apps {

/// `neurox rank`: a probe to a ranking of its neurons, per class and overall.
struct RankCommandOptions {
  CommonOptions common;
  OutputOptions output;
  std::string probe;
  int stride = 100;
  double share = 0.5;
  std::vector<double> shares{0.25, 0.5, 0.75, 0.9};
  int show = 10;
};

void declare_rank(CLI::App& app, RankCommandOptions& options);
void run_rank(const RankCommandOptions& options);

}  // namespace neurox::apps
