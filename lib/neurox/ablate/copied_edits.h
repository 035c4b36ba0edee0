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
/// @param places  where in one copy edits act, nullptr: everywhere; must outlive the edits
/// @throws Error{Usage} for a site without neurons, a neuron that its site lacks, and edits with donors
std::vector<std::pair<Site, model::Hooks::Edit>> copied_edits(const model::Model& model,
                                                              ConditionList conditions,
                                                              int behind_mlp_of = -1,
                                                              const Places* places = nullptr);

}  // namespace neurox::ablate
