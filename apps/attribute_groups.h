#pragma once

#include <CLI/CLI.hpp>

#include "command_attribute.h"

namespace neurox::apps {

/// The part of `neurox attribute` that replaces groups of neurons: their ablation and the games among them.

/// Names of the methods.
std::string group_method_names();
void declare_groups(CLI::App& app, AttributeCommandOptions& options);
/// Runs the method if it is one of these (`ablation`; the games with --sites or --groups); whether it was.
bool run_groups(const AttributeCommandOptions& options);

}  // namespace neurox::apps
