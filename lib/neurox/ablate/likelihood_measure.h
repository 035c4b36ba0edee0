#pragma once

#include <memory>

#include "neurox/ablate/measure.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

/// Likelihood of the corpus under a causal language model, every sentence alone.
///
/// Figures: tokens (scored: all but each sentence's first piece), nll (mean negative log-likelihood, nats per
/// token), nll_rise (this minus intact), perplexity = exp(nll). Per sentence: nll (sum over its tokens).
std::unique_ptr<Measure> measure_likelihood(const model::Model& model, std::size_t conditions);

}  // namespace neurox::ablate
