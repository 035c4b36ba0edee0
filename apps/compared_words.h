#pragma once

#include <memory>
#include <string>
#include <vector>

#include "comparison_table.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/labelled_rows.h"
#include "neurox/rank/corpus_units.h"
#include "probe_input.h"

namespace neurox::apps {

/// Two models on the same text: how the words that neurons prefer differ. Keeps a reference to the axis.
class ComparedWords {
 public:
  /// @param activations  of both models; files: a ranking of each, in the same order
  /// @throws Error{Input} where the text, the neurons or the models differ
  ComparedWords(const std::vector<std::string>& activations, const std::vector<NeuronFile>& files,
                const NeuronAxis& axis);

  /// Neurons among the first `depth` of either ranking, the furthest moved first.
  void add(const ComparedSet& set, Index depth, Progress& progress, ComparisonTable& table) const;

 private:
  std::vector<std::int64_t> columns_of(const NeuronList& neurons) const;

  std::shared_ptr<const io::ActivationReader> before_, after_;
  const NeuronAxis& axis_;
  io::UsableTokens tokens_;
  std::vector<std::string> names_;  ///< #rows, the words
  CorpusUnits words_;
};

}  // namespace neurox::apps
