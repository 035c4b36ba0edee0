#pragma once

#include <cstddef>
#include <memory>

#include "neurox/ablate/measure.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

/// How far what the model says moves from what it said, whatever the right answer:
///
///     kl = mean over examples of sum_k p_k(x) (log p_k(x) - log p_k(x | ablated)),  nats, >= 0
///
/// Of a causal language model over the vocabulary at every place but each sentence's last; of a sequence
/// classifier over its classes, by sentence; of a token classifier at every piece. Figures: tokens
/// (examples), kl. Per sentence: kl (mean over its examples). Costs a second pass of the head per condition.
/// @throws Error{Usage} when the model has no such head
std::unique_ptr<Measure> measure_divergence(const model::Model& model, std::size_t conditions);

}  // namespace neurox::ablate
