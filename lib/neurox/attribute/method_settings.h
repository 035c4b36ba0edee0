#pragma once

#include "neurox/attribute/gradients.h"
#include "neurox/attribute/methods.h"

namespace neurox::attribute {

/// What the options of a method say of a path, of noise, and of draws along the path; where the number of
/// samples is left to the method, 25 of noise and 50 of the path.
PathOptions path_options(const MethodOptions& options);
NoiseOptions noise_options(const MethodOptions& options, NoiseOptions::Join join);
ExpectedOptions expected_options(const MethodOptions& options);

}  // namespace neurox::attribute
