#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "concept_options.h"
#include "console.h"
#include "neurox/io/activation_reader.h"
#include "neurox/rank/set_study.h"

namespace neurox::apps {

/// `neurox rank --sets`: how well a probe does on the first neurons of a ranking.
struct RankSetsOptions {
  std::vector<Index> sizes;
  std::string eval;
  std::vector<std::string> eval_labels;
  std::string random_model;
  int draws = 5;
  double keep = 0.97;
  double lambda = 1e-3;
  double l1_ratio = 0.5;
  bool smallest = true;  ///< look for the smallest set, which takes a probe on all neurons

  bool wanted() const { return !sizes.empty(); }
};

void declare_sets(CLI::App& app, RankSetsOptions& options);

/// @throws Error{Usage} for files that only --sets reads, without it
void check_sets_options(const RankSetsOptions& options);

/// Training and evaluation tokens of one file, or of two. Without a file to evaluate on, a fifth of the
/// sentences is held out of the ranking.
struct SetsInput {
  std::shared_ptr<const io::ActivationReader> train_file, eval_file;
  ConceptRows train, eval;
};

/// @throws Error{Input} when the files do not fit each other; Error{Usage} for numeric labels or a random
/// model together with another file to evaluate on
SetsInput sets_input(const std::shared_ptr<const io::ActivationReader>& file, const ConceptRows& rows,
                     const ConceptOptions& topic, const RankSetsOptions& options, std::uint64_t seed,
                     io::StringIds& words);

struct SetsRun {
  const std::vector<std::int64_t>& columns;  ///< of the file, that the ranking is of
  const RankSetsOptions& options;
  std::int64_t memory_bytes;
  std::uint64_t seed;
  Progress* progress;
};

SetStudy run_sets(const SetsInput& input, const NeuronList& order, const SetsRun& run);

/// Accuracies of the same sizes for a ranking of a randomly initialised model's activations of the same text.
std::vector<double> run_random_model(const SetsInput& input,
                                     const std::shared_ptr<const io::ActivationReader>& random_file,
                                     const NeuronList& order, const SetsRun& run);

/// A row per size, for files and tables; the random model's accuracies may be empty.
io::Tree set_figures(const SetStudy& study, const std::vector<double>& random_model);
/// Baselines, the smallest set, and what was asked for.
io::Tree set_summary(const SetStudy& study, const RankSetsOptions& options);

struct MethodSets {
  std::string method;
  SetStudy study;
  std::vector<double> random_model;
};

/// Shows all of them.
void show_sets(Console& console, const std::vector<MethodSets>& all, double keep);

}  // namespace neurox::apps
