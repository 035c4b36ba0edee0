#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "command_ablate.h"
#include "console.h"
#include "neurox/ablate/conditions.h"
#include "neurox/ablate/measure.h"
#include "neurox/io/output.h"
#include "neurox/io/provenance.h"

namespace neurox::apps {

/// Figures of these conditions, the intact model first.
using MeasureConditions = std::function<std::vector<ablate::Figures>(const std::vector<ablate::Condition>&)>;

/// Every condition of one neuron, and its effect: a ranking of these neurons. Conditions are measured some at
/// a time; what is done is kept beside the output, so that a run that was cut off goes on where it was.
/// @param conditions  the intact model, then one per neuron of one source
/// @throws Error{Usage} when nothing measured is the effect asked for
void rank_by_effect(const AblateCommandOptions& options, const std::vector<ablate::Condition>& conditions,
                    const NeuronAxis& axis, const MeasureConditions& measure, io::Provenance provenance,
                    const io::WriteOptions& writing, Console& console);

/// Sets that grow by the neuron that adds most to the effect: the conditions `greedy` of 1, 2, ... neurons.
/// @param conditions  the intact model, then one per candidate
std::vector<ablate::Condition> grow_greedily(const AblateCommandOptions& options,
                                             const std::vector<ablate::Condition>& conditions,
                                             const MeasureConditions& measure, Console& console);

/// Writes the model's folder without the units of the one condition that there is.
/// @throws Error{Usage} unless it puts units of mlp_post to zero everywhere
void save_without(const AblateCommandOptions& options, const std::vector<ablate::Condition>& conditions,
                  const NeuronAxis& axis);

}  // namespace neurox::apps
