#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "common_options.h"
#include "course_frame.h"
#include "neurox/io/activation_reader.h"

namespace neurox::apps {

/// `view --course`: neurons over aligned sentences, by condition.
struct ViewCourseOptions {
  bool course = false;
  CourseAlignment alignment;
  std::string window;              ///< FROM:TO
  std::string reference = "mean";  ///< or a number, or a file
  OutputOptions output;            ///< an empty path: nothing is written
};

void declare_course(CLI::App& app, ViewCourseOptions& options);

/// @throws Error{Usage} when options of --course are given without it
void refuse_course_options(const ViewCourseOptions& options);

/// @param columns  neurons of the file
/// @param asked  what named them, which may be a file
void run_course(const io::ActivationReader& file, const std::vector<std::int64_t>& columns,
                const std::string& asked, const ViewCourseOptions& options, const CommonOptions& common);

}  // namespace neurox::apps
