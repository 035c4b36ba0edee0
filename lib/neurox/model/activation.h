#pragma once

#include <torch/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace neurox::model {

using Activation = torch::Tensor (*)(const torch::Tensor&);

/// The function that a name in config.json means (`gelu` is the exact one, with erf), nullptr when it is
/// unknown.
Activation find_activation(std::string_view name);

/// The names there are.
std::vector<std::string> activation_names();

}  // namespace neurox::model
