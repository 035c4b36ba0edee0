#pragma once

#include <torch/types.h>

#include <functional>
#include <string>

#include "neurox/model/model.h"

namespace neurox::ablate {

/// Where a pass first meets a number that is not finite: the site's name, in the order of computation; empty
/// where all are. Slow: it looks at every site.
/// @param pass  runs the model once more, with its edits
std::string first_not_finite(model::Model& model, const std::function<void()>& pass);

}  // namespace neurox::ablate
