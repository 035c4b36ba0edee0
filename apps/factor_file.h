#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "command_cluster.h"
#include "console.h"
#include "joined_activations.h"
#include "neurox/cluster/factor_match.h"
#include "neurox/core/matrix.h"
#include "neurox/io/output.h"
#include "neurox/io/table.h"

namespace neurox::apps {

/// The words that factors were found in.
struct FactorText {
  std::vector<std::int64_t> rows;       ///< of the files
  std::vector<std::string> tokens;      ///< per row
  std::vector<std::int32_t> sentences;  ///< per row
  std::int64_t sentence = -1;           ///< the one sentence that was asked for
};

/// All words of the files, or those of one sentence.
/// @throws Error{Usage} for a sentence that has no word with an activation
FactorText factor_text(const JoinedActivations& activations, std::int64_t sentence);

/// Factors (nmf) or components (pca), whichever method found them.
struct FoundFactors {
  std::string method;
  std::string name;    ///< `factor`, `component`: with a number from 1, what a column is called
  MatrixD of_neurons;  ///< #factors x #neurons
  MatrixD of_tokens;   ///< #tokens x #factors
  VectorD share;       ///< of what all of them restore (nmf), of the variance (pca)
  VectorD weight;      ///< how much a factor counts in a neuron's overall score
  std::vector<std::pair<std::string, nlohmann::ordered_json>> figures;
  std::string matched_file;
  std::vector<std::string> matched_names;  ///< factors of that file
  std::vector<FactorMatch> matches;        ///< per factor, where another file's were matched
};

/// Pairs the factors with those of another file.
/// @throws Error{Input} when it holds no factors, or those of other neurons
void add_matches(FoundFactors& found, const JoinedActivations& activations, const std::string& path);

/// Writes the ranking of neurons by factor, and (--factors-out) the factors over the text as activations.
void write_factors(const ClusterCommandOptions& options, const JoinedActivations& activations,
                   const FactorText& text, const FoundFactors& found, io::Tree settings,
                   const io::WriteOptions& writing);

void show_factors(Console& console, const JoinedActivations& activations, const FactorText& text,
                  const FoundFactors& found);

}  // namespace neurox::apps
