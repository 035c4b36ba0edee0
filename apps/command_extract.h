#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common_options.h"

namespace neurox::apps {

/// `neurox extract`: a model and a corpus to a file of activations.
struct ExtractCommandOptions {
  CommonOptions common;
  OutputOptions output;
  CorpusArguments corpus;
  std::string model;
  std::string sites;  ///< as pattern_or_usual takes it
  std::string unit = "word";
  std::string pooling = "mean";
  std::string sentence_pooling = "summary";
  std::string over = "words";
  std::string too_long = "cut";
  std::string dtype = "f32";
  std::vector<std::string> labels;
  int max_pieces = 0;  ///< 0: what the model takes
  bool special_tokens = false;
  bool resume = false;
  std::optional<std::uint64_t> random_init;
  std::vector<std::string> features;  ///< sparse autoencoders
  std::string device = "cpu";
  std::int64_t memory = std::int64_t{2} << 30;
};

void declare_extract(CLI::App& app, ExtractCommandOptions& options);
void run_extract(const ExtractCommandOptions& options);

}  // namespace neurox::apps
