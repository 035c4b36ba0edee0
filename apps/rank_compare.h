#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common_options.h"

namespace neurox::apps {

/// `neurox rank --compare`: how far rankings of the same neurons agree, and what they say together.
struct RankCompareOptions {
  std::vector<std::string> files;
  std::vector<std::string> concepts;
  bool each_concept = false;
  bool concept_pairs = false;
  std::vector<std::int64_t> firsts;
  double persistence = 0.98;
  std::string consensus;
  std::string merge;
  double correlation = 0.9;
  bool across_models = false;
  std::vector<std::string> activations;  ///< of the two models, for their words
};

/// Options of a comparison.
void declare_compare(CLI::App& app, RankCompareOptions& options);

/// @param show  neurons to print
void compare_rankings(const RankCompareOptions& options, const CommonOptions& common,
                      const OutputOptions& output, int show);

}  // namespace neurox::apps
