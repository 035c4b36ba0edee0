#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common_options.h"
#include "view_course.h"

namespace neurox::apps {

/// `neurox view`: a neuron on its text, in the terminal.
struct ViewCommandOptions {
  CommonOptions common;
  std::string activations;
  std::string neurons;
  std::string kind;
  bool kinds = false;
  std::string colour = "auto";
  std::size_t contexts = 5;
  std::size_t words = 10;
  std::uint64_t seed = 0;
  ViewCourseOptions course;
};

void declare_view(CLI::App& app, ViewCommandOptions& options);
void run_view(const ViewCommandOptions& options);

}  // namespace neurox::apps
