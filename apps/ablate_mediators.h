#pragma once

#include <string>
#include <vector>

#include "command_ablate.h"
#include "neurox/ablate/mediation_exchange.h"
#include "neurox/core/neurons.h"
#include "neurox/model/model.h"

namespace neurox::apps {

/// What mediates, and the neurons that stand for it in the ranking: a head's columns of attn_z (cross_z)
/// where it is its attention weights.
struct Mediated {
  std::vector<ablate::Mediator> mediators;
  std::vector<std::string> names;
  NeuronAxis rows;
  std::vector<std::size_t> mediator_of;  ///< of each row
  bool grouped = false;                  ///< rows share mediators
};

/// What --mediate and --neurons name.
/// @throws Error{Usage} as chosen_neurons, for heads of a model without attention, and for heads named both
/// by their weights and by their outputs
Mediated mediated(const AblateCommandOptions& options, const model::Model& model);

}  // namespace neurox::apps
