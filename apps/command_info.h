#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "common_options.h"

namespace neurox::apps {

/// `neurox info`: what a file or a model holds.
struct InfoOptions {
  CommonOptions common;
  std::string path;
};

void declare_info(CLI::App& app, InfoOptions& options);
void run_info(const InfoOptions& options);

}  // namespace neurox::apps
