#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common_options.h"
#include "concept_options.h"
#include "neurox/rank/belief.h"
#include "neurox/rank/corpus_methods.h"
#include "neurox/rank/rank_data.h"
#include "rank_compare.h"
#include "rank_sets.h"

namespace neurox::apps {

/// From activations and their text alone.
struct RankCorpusOptions {
  CorpusMethodOptions settings;
  std::size_t kept = 10;
  /// Of concept-alignment.
  std::string model;
  std::string device = "cpu";
  std::size_t sentences = 10;
  int longest_part = 8;
};

/// `neurox rank`: neurons in the order in which they carry a concept, from a probe's weights or from
/// activations and labels.
struct RankCommandOptions {
  CommonOptions common;
  OutputOptions output;
  std::string input;
  int show = 10;

  /// From a probe.
  int stride = 100;
  double share = 0.5;
  std::vector<double> shares{0.25, 0.5, 0.75, 0.9};

  /// From activations.
  ConceptOptions topic;
  std::vector<std::string> methods;
  std::string neurons;
  std::string standardise = "auto";
  std::string prior = "shrunk";
  RankOptions settings;
  BeliefOptions belief;
  double held_out = 0;          ///< share of the tokens on which neurons' labels are judged; 0: not
  double merge_correlated = 0;  ///< |r| from which neurons are one; 0: never
  bool count_given = false;     ///< settings.count was asked for, and is not the default
  std::vector<double> expert_bounds{0.9};
  std::string shuffle = "words";
  double rate = 0.05;
  RankSetsOptions sets;
  RankCorpusOptions corpus;
  std::uint64_t seed = 0;

  RankCompareOptions compare;
};

void declare_rank(CLI::App& app, RankCommandOptions& options);
void run_rank(const RankCommandOptions& options);

/// From the weights of a probe, by weight mass.
void rank_probe(const RankCommandOptions& options);
/// From activations and labels, by one or several methods.
void rank_activations(const RankCommandOptions& options);

}  // namespace neurox::apps
