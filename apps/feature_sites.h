#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "model_input.h"
#include "neurox/io/provenance.h"

namespace neurox::apps {

/// --sae [SITE=]FOLDER: features of a site as neurons
void declare_features(CLI::App& app, std::vector<std::string>& features);

/// Makes the features of sparse autoencoders sites of the model; the hash of their weights goes among the
/// inputs, under the site's name.
/// @param features  `FOLDER`, at the site that its config names, or `SITE=FOLDER`
/// @return the names of these sites
/// @throws Error{Usage} for a site that is none or several; Error{Input} as the folders do, and where one
/// does not say its site
std::vector<std::string> add_features(const std::vector<std::string>& features, LoadedModel& loaded,
                                      io::Provenance& provenance);

}  // namespace neurox::apps
