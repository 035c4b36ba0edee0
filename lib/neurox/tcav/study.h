#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "neurox/attribute/target.h"
#include "neurox/core/progress.h"
#include "neurox/io/corpus.h"
#include "neurox/tcav/concept_vectors.h"
#include "neurox/tcav/design.h"
#include "neurox/tcav/scores.h"
#include "neurox/tcav/sensitivities.h"
#include "neurox/text/tokenizer.h"

namespace neurox::tcav {

/// Concept vectors of all tasks at one site, in the order of the tasks.
/// @param X       #examples x #neurons
/// @param groups  #examples, as stratified_split takes them
/// @throws Error as concept_vector and stratified_split
std::vector<ConceptVector> fit_vectors(const MatrixF& X, std::span<const VectorTask> tasks,
                                       std::span<const std::int64_t> groups, double held_out,
                                       const VectorOptions& options);

/// What is explained of a sentence, one for each target.
using Explain = std::function<std::vector<Explained>(const io::Sentence&)>;

struct CorpusOptions {
  SensitivityOptions sensitivities;
  /// Instead of the targets there: those of each sentence, and how many. Empty: one for all sentences.
  Explain explain;
  std::size_t explained = 0;
  extract::PlanOptions plan;
  /// Whether a sentence is an example of a target; empty: all are.
  std::function<bool(const io::Sentence&, std::size_t target)> belongs;
  Progress* progress = nullptr;
};

/// What a corpus says of the vectors: results are kept, gradients are not.
struct CorpusScores {
  std::vector<std::vector<ScoreSums>> sums;  ///< [site][target], over tasks
  /// (#comparisons * #sites * #targets) x #sentences, rows in this order, target fastest: derivative along
  /// the mean of the comparison's vectors; NaN for sentences that are no examples.
  MatrixF sensitivities;
  std::vector<std::string> texts;
};

/// @param vectors  [site][task]
/// @throws Error as the corpus and sensitivities
CorpusScores score_corpus(model::Model& model, const text::Tokenizer& tokenizer, io::CorpusReader& corpus,
                          const std::vector<std::vector<ConceptVector>>& vectors,
                          std::span<const Comparison> comparisons, const CorpusOptions& options);

enum class Test { Welch, Student };

struct ResultOptions {
  Test test = Test::Welch;
  double confidence = 0.95;
};

/// One comparison at one site for one target.
struct Result {
  std::size_t comparison = 0, site = 0, target = 0;
  std::vector<Score> runs, controls;
  double score = 0, score_sd = 0;                       ///< over runs
  double score_low = 0, score_high = 0;                 ///< interval of the mean over runs, cut to [0, 1]
  double magnitude = 0, magnitude_sd = 0;               ///< likewise of Score::magnitude
  double accuracy = 0, least_accuracy = 0, chance = 0;  ///< held out; means over runs, and the least
  bool at_chance = false;                               ///< the mean accuracy is
  double random_score = 0, random_sd = 0, random_accuracy = 0;
  double t = 0, df = 0, p = 1;  ///< scores of the runs against those of the controls
  double magnitude_p = 1;       ///< the same of magnitudes
  double random_p = 1;          ///< the first half of the controls against the second: should be large
  Index examples = 0;           ///< sentences
};

/// All results, comparison by comparison, site by site, target by target. Of resampled comparisons the mean
/// score is tested as one value against the controls.
std::vector<Result> results_of(std::span<const Comparison> comparisons,
                               const std::vector<std::vector<ConceptVector>>& vectors,
                               const CorpusScores& scores, const ResultOptions& options);

/// Means of each comparison's vectors, #comparisons x #neurons.
struct MeanDirections {
  MatrixD steps;          ///< in units of raw activations
  MatrixD in_deviations;  ///< in standard deviations of the neurons; every vector counts with length 1
};
/// @param vectors  of one site
MeanDirections mean_directions(std::span<const ConceptVector> vectors,
                               std::span<const Comparison> comparisons);

}  // namespace neurox::tcav
