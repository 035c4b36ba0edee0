#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common_options.h"
#include "tcav_design.h"

namespace neurox::apps {

/// `neurox tcav`: how much a class depends on a concept.
struct TcavCommandOptions {
  CommonOptions common;
  OutputOptions output;
  CorpusArguments corpus;
  ConceptArguments concepts;
  std::string model;
  std::string sites;    ///< as pattern_or_usual takes it
  std::string neurons;  ///< of these sites; empty: all
  std::vector<std::string> targets;
  std::int64_t word = -1;
  std::string scale = "logit";
  std::string at;  ///< empty: summary, or mean where there is no summary token
  std::string examples = "all";
  double held_out = 1.0 / 3;
  double C = 0.01;
  bool raw = false;
  bool any_length = false;
  std::string direction = "logistic";
  std::string test = "welch";
  std::string correction = "holm";
  std::string directions;
  std::string device = "cpu";
  std::int64_t memory = std::int64_t{512} << 20;
  std::uint64_t seed = 0;
};

void declare_tcav(CLI::App& app, TcavCommandOptions& options);
void run_tcav(const TcavCommandOptions& options);

}  // namespace neurox::apps
