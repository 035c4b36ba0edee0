#pragma once

#include <CLI/CLI.hpp>

#include "command_attribute.h"

namespace neurox::apps {

/// `neurox attribute --shares`: of each token that a language model writes, the share of the source and of
/// the prefix in its prediction.

void declare_shares(CLI::App& app, AttributeCommandOptions& options);
/// Whether it was asked for.
/// @throws Error{Usage} for a model without a head for the next token, and methods that are not of words
bool run_shares(const AttributeCommandOptions& options);

}  // namespace neurox::apps
