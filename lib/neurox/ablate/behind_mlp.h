#pragma once

#include <torch/types.h>

#include <span>

#include "neurox/ablate/copied_edits.h"
#include "neurox/ablate/edits.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

/// What one block of the intact model gave, of one batch: where passes begin that change its MLP's units.
struct MlpOutcome {
  torch::Tensor post;  ///< mlp_post, #tokens x units
  torch::Tensor sum;   ///< what goes into the block's end, resid_mid + mlp_out, #tokens x width
};

/// Whether a pass under these edits may begin behind the MLP of `block`, their first: no other site of it is
/// edited, none takes from donors, and a block comes after it.
bool begins_behind_mlp(const model::Model& model, std::span<const SiteEdit> edits, int block);

/// What the block after `block` receives under each condition, copy after copy: the MLP's output moves by the
/// change of the edited units times their output weights. Equals the whole block up to rounding.
/// @param outcome  of one copy
/// @param places   where in one copy edits act; nullptr: everywhere
/// @return #copies*#tokens x width
/// @throws Error{Usage} for a unit that the block lacks
torch::Tensor resid_behind_mlp(const model::Model& model, int block, const MlpOutcome& outcome,
                               ConditionList conditions, const Places* places = nullptr);

}  // namespace neurox::ablate
