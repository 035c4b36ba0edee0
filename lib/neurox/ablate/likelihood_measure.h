#pragma once

#include <memory>
#include <optional>

#include "neurox/ablate/measure.h"
#include "neurox/ablate/probe_measure.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

/// Likelihood of the corpus under a causal language model, every sentence alone.
///
/// Figures: tokens (scored: all but each sentence's first piece), nll (mean negative log-likelihood, nats per
/// token), nll_rise (this minus intact), perplexity = exp(nll); with `classes` also of the tokens of each
/// class: the pieces of words (of sentences) with that label, where the rows of the plans are words. Per
/// sentence: nll (sum over its tokens).
std::unique_ptr<Measure> measure_likelihood(const model::Model& model, std::size_t conditions,
                                            std::optional<LabelPlace> classes = {});

}  // namespace neurox::ablate
