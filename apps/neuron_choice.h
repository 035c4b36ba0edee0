#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "neurox/core/neurons.h"

namespace neurox::apps {

/// What `--neurons` says, as positions on `axis`: each once, ascending. Either a pattern (select_neurons), or
/// a file:
///
///     NEURONS.txt                 a pattern on each line; empty lines and those that begin with # are
///     skipped FILE.h5ad:COLUMN            neurons (rows) whose flag in that column is set:
///     `c.h5ad:representative` FILE.h5ad:COLUMN=V[,V...]   neurons that have one of these values there:
///     `c.h5ad:cluster_t0.3=5` FILE.h5ad:V[,V...]          the same of the column `cluster` (else `group`):
///     `c.h5ad:5,7`
///
/// Any .h5ad whose rows are neurons will do: clusters, redundancy, rankings, groups.
/// @throws Error{Usage} as select_neurons, for a file without what is to be taken of it (with its columns);
/// Error{Input} when nothing is chosen, or a neuron of the file is not on the axis
std::vector<std::int64_t> chosen_neurons(const std::string& text, const NeuronAxis& axis);

/// The file that it names, to be added to a command's inputs; empty for a pattern.
std::string file_of_choice(const std::string& text);

}  // namespace neurox::apps
