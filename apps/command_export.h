#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "common_options.h"

namespace neurox::apps {

/// `neurox export`: other formats.
struct ExportOptions {
  CommonOptions common;
  OutputOptions output;
  std::string file;
  std::string format;
  std::string layer;  ///< of a table, in the place of X
  std::string table;  ///< of `uns`, in the place of the row table and X
};

void declare_export(CLI::App& app, ExportOptions& options);
void run_export(const ExportOptions& options);

}  // namespace neurox::apps
