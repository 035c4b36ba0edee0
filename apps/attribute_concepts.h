#pragma once

#include <CLI/CLI.hpp>

#include "command_attribute.h"

namespace neurox::apps {

/// The part of `neurox attribute` that explains predictions by concepts: how much is used of the neurons that
/// rankings give them.

void declare_concepts(CLI::App& app, AttributeCommandOptions& options);
/// Runs it if --concepts is given; whether it was.
bool run_concepts(const AttributeCommandOptions& options);

}  // namespace neurox::apps
