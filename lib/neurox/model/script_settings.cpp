#include "neurox/model/script_settings.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox::model {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

void check_one_of(const std::string& value, const std::vector<std::string>& known, const std::string& where) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  std::string list;
  for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
  throw input_error("{}: '{}'{}; one of {} is expected", where, value, did_you_mean(value, known), list);
}

std::vector<std::string> strings(const nlohmann::json& value, const std::string& where) {
  const bool fits = value.is_array() && std::all_of(value.begin(), value.end(),
                                                    [](const nlohmann::json& x) { return x.is_string(); });
  if (!fits) throw input_error("{}: a list of strings is expected", where);
  return value.get<std::vector<std::string>>();
}

std::string text(const nlohmann::json& value, const std::string& where) {
  if (!value.is_string()) throw input_error("{}: a string is expected", where);
  return value.get<std::string>();
}

}  // namespace

fs::path ScriptSettings::file_beside(const fs::path& script) {
  fs::path file = script;
  return file.replace_extension(".neurox.json");
}

ScriptSettings ScriptSettings::read_beside(const fs::path& script) {
  ScriptSettings out;
  for (const char* name : {"labels.txt", "tags.txt"})
    if (const fs::path file = script.parent_path() / name; out.labels.empty() && fs::exists(file))
      out.labels = lines_of(file);
  const fs::path file = file_beside(script);
  if (!fs::exists(file)) return out;
  std::ifstream in(file);
  const nlohmann::json tree = nlohmann::json::parse(in, nullptr, false);
  if (!tree.is_object()) throw input_error("{}: a JSON object is expected", file.string());
  // The last three are the words' (text/tokenizer_files.h).
  static const std::vector<std::string> known{"inputs", "embedding", "task",   "labels",
                                              "words",  "lowercase", "unknown"};
  for (const auto& [key, value] : tree.items()) {
    const std::string where = file.string() + ": " + key;
    check_one_of(key, known, file.string());
    if (key == "inputs") {
      out.inputs = strings(value, where);
      for (const std::string& input : out.inputs)
        check_one_of(input, {"ids", "mask", "lengths", "types", "positions"}, where);
    } else if (key == "embedding") {
      out.embedding = text(value, where);
    } else if (key == "task") {
      out.task = text(value, where);
      check_one_of(out.task, {"text", "words", "next"}, where);
    } else if (key == "labels") {
      out.labels = strings(value, where);
    }
  }
  return out;
}

}  // namespace neurox::model
