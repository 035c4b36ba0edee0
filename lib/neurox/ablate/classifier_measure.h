#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "neurox/ablate/measure.h"
#include "neurox/model/class_names.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

/// Where a classifier's gold labels are in the corpus.
struct GoldLabels {
  std::optional<std::size_t> set;  ///< nothing: there are none
  bool of_words = false;           ///< word labels (token classification), else sentence labels
};

/// The gold labels of the model's own classifier: those named `wanted`, or where that is empty the first set
/// of which the model knows every label among the first hundred sentences. Rewinds the corpus.
/// @throws Error{Usage} when `wanted` is not there
GoldLabels find_gold_labels(const model::Model& model, io::CorpusReader& corpus, const std::string& wanted);

using model::class_of_label;

/// The model's own classifier, of sentences or of words (their first piece).
///
/// Figures, overall and per gold class: tokens (examples), accuracy, accuracy_drop, flip_rate, and means over
/// examples of
///     confidence_drop                 p_c(x) - p_c(x | ablated), c the intact prediction
///     confidence_drop_by_probability  the same / p_c(x)
///     confidence_drop_by_gold_loglik  (log p_g(x) - log p_g(x | ablated)) / -log p_g(x), g the gold class
///     (NaN without gold labels)
/// Per sentence: confidence_drop (mean over its words). Gold labels are needed for accuracies alone.
std::unique_ptr<Measure> measure_classifier(const model::Model& model, GoldLabels gold,
                                            std::size_t conditions);

}  // namespace neurox::ablate
