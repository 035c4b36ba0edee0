#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace neurox::model {

/// What a TorchScript file does not tell of itself: from `NAME.neurox.json` beside `NAME.ts`, and the names
/// of classes from `labels.txt` or `tags.txt`, a line each. All of it may be missing.
struct ScriptSettings {
  /// What each argument of forward is: ids, mask, lengths, types, positions. Empty: told by their names.
  std::vector<std::string> inputs;
  std::string embedding;  ///< module that turns ids into vectors; empty: the first that looks rows up
  std::string task;       ///< text, words or next; empty: told by the shape of the output
  std::vector<std::string> labels;

  /// @throws Error{Input} for a file that is no JSON, a key that is not known and a value that does not fit
  static ScriptSettings read_beside(const std::filesystem::path& script);
  static std::filesystem::path file_beside(const std::filesystem::path& script);
};

}  // namespace neurox::model
