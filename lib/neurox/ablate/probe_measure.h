#pragma once

#include <memory>
#include <string>
#include <vector>

#include "neurox/ablate/edits.h"
#include "neurox/ablate/measure.h"
#include "neurox/probe/logistic.h"

namespace neurox::ablate {

/// A trained probe and where its inputs lie.
struct ProbeInput {
  LogisticFit fit;
  std::vector<std::string> classes;
  std::size_t label_set = 0;   ///< of the corpus: which labels are gold
  bool word_labels = true;     ///< else the label of the whole sentence
  std::vector<Index> columns;  ///< of Pass::rows, one per neuron of the probe
  NeuronAxis axis;             ///< the probe's neurons
};

/// Accuracy of a probe on the edited model's activations (target `model`: the edit flows on into later
/// layers) and, beside it, on the intact model's activations edited as a matrix (target `matrix`, what NeuroX
/// calls ablation).
///
/// Figures: tokens, accuracy, accuracy_drop, flip_rate; of a class, over the tokens of that class. Per
/// sentence: share of tokens right.
/// @param edits  per condition, the intact model first (without edits)
std::unique_ptr<Measure> measure_probe(ProbeInput probe, std::vector<std::vector<SiteEdit>> edits);

}  // namespace neurox::ablate
