#pragma once

#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "neurox/ablate/edits.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

/// Where a pass first meets a number that is not finite: the site's name, in the order of computation; empty
/// where all are. Slow: it looks at every site.
/// @param pass  runs the model once more, with its edits
std::string first_not_finite(model::Model& model, const std::function<void()>& pass);

/// `with 3 neurons of blocks.0.mlp.hook_post edited, blocks.1.hook_resid_mid is no longer finite; take a
/// smaller number`
/// @param site  what first_not_finite found
std::string not_finite_words(const std::vector<SiteEdit>& edits, const std::string& site);

}  // namespace neurox::ablate
