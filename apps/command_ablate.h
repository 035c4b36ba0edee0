#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common_options.h"
#include "writing_settings.h"

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
  bool as_ranking = false;  ///< of --each: a ranking by effect instead of a table
  std::string effect;       ///< the figure that --as-ranking and --greedy go by; empty: the first measured
  int greedy = 0;           ///< size of the set that is grown; 0: none
  std::optional<double> keep_score;  ///< share of the score that the smallest set keeps
  std::string by = "neuron";         ///< its units
  std::string changes;               ///< sites whose changes under the edits are written; empty: none
  std::string mediate;               ///< unit of causal mediation: neuron, head, site; empty: none
  std::vector<std::string> templates;
  std::string counterparts;
  std::string save_model;  ///< folder of the model without the neurons
  std::vector<std::string> top, bottom;
  int random = 0;
  bool keep = false;
  bool match_sites = false;
  std::vector<std::string> operations{"zero"};
  std::optional<double> value;
  std::string means;
  std::string vector;  ///< direction of `add`
  bool unit_vector = false;
  std::string quantiles_of;  ///< activations for `quantile`
  std::string where;         ///< their rows where the concept is there
  std::string positions = "all";
  std::string donors;  ///< other text for `resample` and `patch`
  std::vector<std::string> measures;
  std::int64_t generate = 0;  ///< new tokens; 0: nothing is written
  std::int64_t samples = 1;
  std::optional<double> temperature, top_p;
  std::optional<std::int64_t> top_k;
  WritingSettings writing;
  std::string words;                  ///< the concept that is looked for in what is written
  std::string references;             ///< of what is written, for BLEU and chrF
  std::vector<std::string> features;  ///< sparse autoencoders
  std::string device = "cpu";
  std::uint64_t seed = 0;
};

void declare_ablate(CLI::App& app, AblateCommandOptions& options);
void run_ablate(const AblateCommandOptions& options);

}  // namespace neurox::apps
