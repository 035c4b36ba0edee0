#pragma once

#include <string>

#include "command_attribute.h"

namespace neurox::apps {

/// Methods of `neurox attribute` that join words to trees.

/// Their names: `agglomerative, ...`.
std::string tree_method_names();
/// Runs the methods if the first is one of these; whether it was.
/// @throws Error{Usage} for a method of another kind among them
bool run_trees(const AttributeCommandOptions& options);

}  // namespace neurox::apps
