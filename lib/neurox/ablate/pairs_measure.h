#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "neurox/ablate/measure.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

/// Minimal pairs under a causal language model: sentences 2i and 2i + 1 of the corpus are the good and the
/// bad one of pair i, and the model is right where the good one is the more likely as a whole.
///
/// Figures, overall and per class: tokens (pairs), accuracy, accuracy_drop, flip_rate (of pairs judged other
/// than by the intact model), margin (mean log p(good) - log p(bad), nats).
/// @param classes  a sentence label set that names each pair's class, or nothing
std::unique_ptr<Measure> measure_pairs(const model::Model& model, std::size_t conditions,
                                       std::optional<std::size_t> classes);

}  // namespace neurox::ablate
