#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common_options.h"
#include "concept_options.h"

namespace neurox::apps {

/// `neurox probe`: activations and a label set to a trained probe with its accuracies, baselines and control
/// task.
struct ProbeCommandOptions {
  CommonOptions common;
  OutputOptions output;
  std::string activations;
  ConceptOptions topic;
  std::string eval;
  std::vector<std::string> eval_labels;
  std::string neurons;
  std::vector<double> lambdas{1e-3};
  bool path = false;
  double l1_ratio = 0.5;
  double held_out = 0.2;
  double tolerance = 1e-5;
  int max_iterations = 300;
  bool raw = false;
  bool no_control = false;
  bool no_sites = false;
  bool description_length = false;
  std::string control = "training";
  std::uint64_t seed = 0;
  std::int64_t memory = std::int64_t{4} << 30;
};

void declare_probe(CLI::App& app, ProbeCommandOptions& options);
void run_probe(const ProbeCommandOptions& options);

}  // namespace neurox::apps
