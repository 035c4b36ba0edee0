#pragma once

#include <string>
#include <vector>

#include "neurox/core/neurons.h"

namespace neurox::apps {

/// What a file says of each neuron, in the order of `axis`.
///
/// Text: lines `NEURONS<TAB>TEXT`, NEURONS as select_neurons takes them (`mlp_post@3:17`, `mlp_post@3:0-99`);
/// empty lines and those that begin with # are passed over. AnnData: see below.

/// The group of each neuron, empty where the file names none: the second column of the text, or the column
/// `group` or else `cluster` of an .h5ad whose rows are neurons (a ranking).
/// @throws Error{Input} with FILE:LINE for a line without a tab, neurons that the axis lacks, and a neuron in
/// two groups; for an .h5ad with neither column, or with one that holds fractions
std::vector<std::string> groups_of_file(const std::string& path, const NeuronAxis& axis);

/// A number for each neuron, NaN where the file has none: the second column of the text, or the means of an
/// activation file.
/// @throws Error{Input} as above, and for a text that is no number
std::vector<double> numbers_of_file(const std::string& path, const NeuronAxis& axis);

}  // namespace neurox::apps
