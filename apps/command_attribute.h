#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common_options.h"
#include "neurox/attribute/methods.h"

namespace neurox::apps {

/// `neurox attribute`: what a prediction uses, of its input or of the model's neurons.
struct AttributeCommandOptions {
  CommonOptions common;
  OutputOptions output;
  CorpusArguments corpus;
  std::string model;
  std::vector<std::string> methods;
  std::string sites;
  std::string target = "predicted";
  std::string against;
  std::int64_t word = -1;
  std::string scale = "logit";
  std::string answer;
  std::vector<std::string> baselines;  ///< empty: the usual one
  std::string too_long = "refuse";
  std::string unit = "word";
  std::string join;
  std::string rule = "gauss";
  int steps = 50;
  double tolerance = 0.01;
  int most_steps = 1600;
  int samples = 0;
  double noise = 0.1;
  int window = 1, stride = 1;
  bool captum = false;
  bool faithfulness = false, trust = false, cascade = false, shares = false;
  std::string by;
  std::vector<std::string> keep_words;
  std::string neurons, ranking;
  std::vector<std::string> concepts;
  int permutations = 200;
  int merged_pairs = 5;
  std::string through;
  std::int64_t through_word = -1;
  std::string groups, operation = "zero", means;
  double replaced_by = 0;
  std::string top = "20";
  int best = 5;
  int show = 20;
  std::string device = "cpu";
  std::uint64_t seed = 0;
  std::int64_t memory = std::int64_t{512} << 20;
};

/// What the options say of examples and of methods.
attribute::ExampleOptions example_options(const AttributeCommandOptions& options);
attribute::MethodOptions method_options(const AttributeCommandOptions& options);
/// With the neuron of --through.
attribute::MethodOptions method_options(const AttributeCommandOptions& options, const model::Model& model);

void declare_attribute(CLI::App& app, AttributeCommandOptions& options);
void run_attribute(const AttributeCommandOptions& options);

}  // namespace neurox::apps
