#pragma once

#include <vector>

#include "command_ablate.h"
#include "model_input.h"
#include "neurox/ablate/conditions.h"
#include "neurox/io/provenance.h"

namespace neurox::apps {

/// The neurons of the rankings and lists, and the sets of them that are ablated.
struct AblationPlan {
  std::vector<ablate::RankedNeurons> sources;
  std::vector<ablate::Condition> conditions;  ///< the intact model first
};

/// @param of_model  where the model comes from, which rankings have to agree with
/// @throws Error{Usage} when nothing is to be ablated and no search finds it (--keep-score)
AblationPlan plan_conditions(const AblateCommandOptions& options, const LoadedModel& loaded,
                             const io::Provenance& of_model);

}  // namespace neurox::apps
