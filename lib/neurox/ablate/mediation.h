#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "neurox/ablate/mediation_exchange.h"
#include "neurox/ablate/prompt_tokens.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

struct MediationOptions {
  Exchanged exchanged = Exchanged::All;
  std::int64_t batch_tokens = 2048;  ///< of copies that go through the model together
};

/// log y of one pair (Candidates), and what became of it under each mediator.
struct PairEffects {
  double base = 0, counterfactual = 0;
  std::vector<double> indirect;  ///< of the base, the mediator as under the counterfactual
  std::vector<double> direct;    ///< of the counterfactual, the mediator as under the base
};

/// y(intervened) / y(base) - 1, from their logarithms.
double relative_effect(double log_intervened, double log_base);

/// Causal mediation on one pair of prompts.
///
///     total    y(counterfactual) / y(base) - 1
///     indirect y(base, z of the counterfactual) / y(base) - 1        natural indirect effect of z
///     direct   y(counterfactual, z of the base) / y(base) - 1        natural direct effect
///
/// z is a mediator's activations at the exchanged tokens (of attention weights the rows of the exchanged
/// queries), and what comes later is computed from it. Mediators go through the model together, as
/// copies of the prompt, from the first block that they change: those that begin at one block should follow
/// each other. A mediator without neurons has no indirect effect, and the direct effect is the total.
/// Of a model that cannot begin at a block (recurrent networks, an encoder with a decoder) whole passes go.
/// @throws Error{Usage} for a model that is no language model, a site or neuron that it lacks;
/// Error{Input} when no token of the pair can be exchanged, or prompts of different lengths should exchange
/// attention weights; Error{Numeric} when y is not finite
///
/// Source: Vig, Gehrmann, Belinkov et al., NeurIPS 2020, section 3; their expectation over pairs is
/// MediationMeans.
PairEffects mediate(model::Model& model, const PromptTokens& pair, std::span<const Mediator> mediators,
                    const MediationOptions& options = {});

/// log y of the base alone.
double log_ratio_of_base(const model::Model& model, const PromptTokens& pair);

}  // namespace neurox::ablate
