#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common_options.h"

namespace neurox::apps {

/// `neurox ablate`: what a model loses without some of its neurons.
struct AblateCommandOptions {
  CommonOptions common;
  OutputOptions output;
  CorpusArguments corpus;
  std::string model;
  std::vector<std::string> rankings;
  std::string concept_name = "overall";
  std::string probe;
  std::string neurons;
  bool each = false;
  std::vector<std::string> top, bottom;
  int random = 0;
  bool keep = false;
  bool match_sites = false;
  std::string operation = "zero";
  double value = 0;
  std::string means;
  std::vector<std::string> measures;
  std::string device = "cpu";
  std::uint64_t seed = 0;
};

void declare_ablate(CLI::App& app, AblateCommandOptions& options);
void run_ablate(const AblateCommandOptions& options);

}  // namespace neurox::apps
