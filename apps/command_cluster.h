#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common_options.h"
#include "concept_options.h"

namespace neurox::apps {

/// Of methods that cluster tokens.
struct TokenClusterOptions {
  std::string sheet;            ///< TSV for people who name clusters
  std::string names;            ///< the sheet that came back
  double align = 0.9;           ///< share of a cluster's labelled tokens from which a label explains it
  int contexts = 5;             ///< sentences of each cluster
  std::int64_t least_seen = 1;  ///< tokens of rarer words are left out
  std::int64_t per_word = 0;    ///< most tokens of a word; 0: all
};

/// What the methods of `neurox cluster` have in common. A method reads those options that its row in the
/// table of methods names; the others are refused before it runs.
struct ClusterCommandOptions {
  CommonOptions common;
  OutputOptions output;
  std::vector<std::string> inputs;
  std::string method = "correlation";
  std::uint64_t seed = 0;
  std::int64_t memory_bytes = std::int64_t{4} << 30;
  int show = 10;

  /// Options of several methods.
  std::string neurons;
  std::vector<double> thresholds;
  std::vector<int> clusters;
  std::string linkage;  ///< empty: the method's own
  std::vector<std::string> also;
  int count = 10;
  std::int64_t sentence = -1;
  std::string match;
  std::string factors_out;
  TokenClusterOptions tokens;
  ConceptOptions topic;
};

/// Puts `neurox cluster` on a parser: the common options, and those of every method under its name.
std::function<void()> attach_cluster(CLI::App& app);

}  // namespace neurox::apps
