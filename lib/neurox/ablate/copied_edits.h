#pragma once

#include <span>
#include <utility>
#include <vector>

#include "neurox/ablate/edits.h"
#include "neurox/model/hooks.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

/// Conditions that go through a model in one pass.
using ConditionList = std::span<const std::vector<SiteEdit>* const>;

/// For the hooks of a pass that holds a batch once for each condition, copy after copy: at each site that any
/// condition edits, what edits every copy as its condition says.
/// @param behind_mlp_of  edits of this block are left out: the pass begins behind them (-1: none)
/// @throws Error{Usage} for a site without neurons, and for a neuron that its site lacks
std::vector<std::pair<Site, model::Hooks::Edit>> copied_edits(const model::Model& model,
                                                              ConditionList conditions,
                                                              int behind_mlp_of = -1);

}  // namespace neurox::ablate
