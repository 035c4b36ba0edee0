#pragma once

#include "command_attribute.h"

namespace neurox::apps {

/// The part of `neurox attribute` that asks which neurons, or groups of them, count together.

/// Runs methods of pairs when neurons are named (--sites, --neurons, --ranking, --groups); whether it did.
bool run_neuron_pairs(const AttributeCommandOptions& options);

}  // namespace neurox::apps
