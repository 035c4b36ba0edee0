#pragma once

#include <CLI/CLI.hpp>

#include "attribute_readings.h"
#include "command_attribute.h"
#include "neurox/attribute/neuron_groups.h"

namespace neurox::apps {

/// The part of `neurox attribute` that replaces groups of neurons: their ablation and the games among them.

/// Neurons that have a group, and the groups on that axis.
struct NeuronGroups {
  NeuronAxis axis;
  std::vector<attribute::NeuronGroup> groups;
};
/// Of --sites and --groups.
/// @throws Error{Usage} for no --sites, and as select_sites and group_neurons; Error{Input} for a file that
/// puts none of them in a group
NeuronGroups groups_of(const AttributeCommandOptions& options, const model::Model& model);

/// What takes each neuron's place: by --operation, --value, --means.
std::vector<double> replacements(ReadingJob& job, const attribute::ExampleMaker& maker,
                                 const NeuronAxis& axis);

/// Names of the methods.
std::string group_method_names();
void declare_groups(CLI::App& app, AttributeCommandOptions& options);
/// Runs the method if it is one of these (`ablation`; the games with --sites or --groups); whether it was.
bool run_groups(const AttributeCommandOptions& options);

}  // namespace neurox::apps
