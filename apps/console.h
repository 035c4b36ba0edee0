#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common_options.h"
#include "neurox/core/progress.h"

namespace neurox::apps {

/// What a command shows: results on stdout (a short text, or the same as JSON), progress on stderr when that
/// is a terminal.
class Console {
 public:
  explicit Console(const CommonOptions& options);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  Progress& progress() { return *progress_; }

  /// One named figure: `accuracy  0.9441`; a member of the JSON object.
  void figure(const std::string& name, nlohmann::ordered_json value);

  /// A table: aligned text, or an array of objects under `name`.
  void table(const std::string& name, const std::vector<std::string>& columns,
             const std::vector<std::vector<nlohmann::ordered_json>>& rows);

  /// A sentence for people; not part of the JSON.
  void note(const std::string& text);
  /// A member of the JSON object alone: what notes say to people.
  void data(const std::string& name, nlohmann::ordered_json value);

  /// A warning on stderr, unless quiet; in the JSON under `warnings`.
  void warn(const std::string& text);

  /// Writes what was collected. Called once, when the command has succeeded.
  void finish();

 private:
  bool json_;
  bool quiet_;
  std::unique_ptr<Progress> progress_;
  std::string text_;
  nlohmann::ordered_json object_ = nlohmann::ordered_json::object();
};

/// A number of a table; nothing where it is not finite.
nlohmann::ordered_json shown_number(double x);

/// The command line as provenance keeps it: without the switches that change no byte of the result.
const std::string& command_line();
void remember_command_line(int argc, const char* const* argv);

}  // namespace neurox::apps
