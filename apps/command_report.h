#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common_options.h"

namespace neurox::apps {

/// `neurox report`: any mix of files to one HTML page.
struct ReportCommandOptions {
  CommonOptions common;
  OutputOptions output;
  std::vector<std::string> files;
  std::string title;
  std::size_t neurons = 12;
  std::size_t contexts = 5;
  std::vector<std::string> addresses;
  std::uint64_t seed = 0;
};

void declare_report(CLI::App& app, ReportCommandOptions& options);
void run_report(const ReportCommandOptions& options);

}  // namespace neurox::apps
