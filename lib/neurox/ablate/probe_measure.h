#pragma once

#include <memory>
#include <string>
#include <vector>

#include "neurox/ablate/edits.h"
#include "neurox/ablate/measure.h"
#include "neurox/io/labelled_rows.h"
#include "neurox/probe/logistic.h"

namespace neurox::ablate {

/// A label set of a corpus.
struct LabelPlace {
  std::size_t set = 0;
  bool of_words = true;  ///< else of the whole sentence
};

/// @param probe  the file that wants them, for the message
/// @throws Error{Input} when the corpus has no such labels
LabelPlace find_labels(const io::CorpusReader& corpus, const std::string& label, const std::string& probe);

/// Where a probe's label lies in a corpus, and what its values count as.
struct GoldOfProbe {
  io::ClassChoice choice = {};
  LabelPlace label = {}, split = {};  ///< the latter where the choice splits classes
};

/// @throws Error{Input} as find_labels
GoldOfProbe find_gold(const io::CorpusReader& corpus, io::ClassChoice choice, const std::string& probe);

/// A trained probe and the gold labels that it is measured against.
struct ProbeInput {
  LogisticFit fit;
  std::vector<std::string> classes;
  GoldOfProbe gold = {};
  NeuronAxis axis;  ///< the probe's neurons
  /// Measure the target `matrix` too; edits that act at chosen places, or take from donors, have none.
  bool with_matrix = true;
};

/// The sites of an axis that have neurons on it, as they come: what AblationOptions::probe_sites must be.
std::vector<SiteColumns> sites_in_use(const NeuronAxis& axis);

/// Accuracy of a probe on the edited model's activations (target `model`: the edit flows on into later
/// layers) and, beside it, on the intact model's activations edited as a matrix (target `matrix`, what NeuroX
/// calls ablation).
///
/// Figures: tokens, accuracy, accuracy_drop, flip_rate; of a class, over the tokens of that class. Per
/// sentence: share of tokens right.
/// @param edits  per condition, the intact model first (without edits)
std::unique_ptr<Measure> measure_probe(ProbeInput probe, std::vector<std::vector<SiteEdit>> edits);

}  // namespace neurox::ablate
