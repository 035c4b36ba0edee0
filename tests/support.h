#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>

#include "neurox/core/error.h"

/// What every test file shares: folders, refusals, and the data beside the project.
namespace neurox::testing {

/// A folder of this test's own, removed at its end.
class TempFolder {
 public:
  TempFolder() {
    std::random_device seed;
    path_ = std::filesystem::temp_directory_path() / fmt::format("neurox-test-{:08x}{:08x}", seed(), seed());
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The message of the Error that `call` throws; a test failure and an empty string when it throws none.
template <class Call>
std::string refusal(Call&& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

/// A file or folder beside the project (real models, corpora, peers' numbers); nothing when NEUROX_SHARED is
/// unset or lacks it.
inline std::optional<std::filesystem::path> shared(const std::string& relative) {
  const char* root = std::getenv("NEUROX_SHARED");
  if (root == nullptr || *root == '\0') return std::nullopt;
  std::filesystem::path path = std::filesystem::path(root) / relative;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}

/// A real model's folder: NEUROX_SHARED/models/NAME where it holds weights, else NEUROX_MODELS/NAME.
inline std::optional<std::filesystem::path> real_model(const std::string& name) {
  for (const char* variable : {"NEUROX_SHARED", "NEUROX_MODELS"}) {
    const char* root = std::getenv(variable);
    if (root == nullptr || *root == '\0') continue;
    std::filesystem::path path(root);
    if (std::string(variable) == "NEUROX_SHARED") path /= "models";
    if (std::filesystem::exists(path / name / "model.safetensors")) return path / name;
  }
  return std::nullopt;
}

/// The Python that NEUROX_PYTHON names, where it has all of `modules` ("anndata numpy"); nothing otherwise.
inline std::optional<std::filesystem::path> python_with(const std::string& modules) {
  const char* python = std::getenv("NEUROX_PYTHON");
  if (python == nullptr || *python == '\0') return std::nullopt;
  const std::string asked = fmt::format(
      "'{}' -c 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))' {}",
      python, modules);
  if (std::system(asked.c_str()) != 0) return std::nullopt;
  return python;
}

}  // namespace neurox::testing

/// Ends a test, marked skipped, when something beside the project is not there. Usage: NEUROX_NEED(folder,
/// shared("oracles/hidden"));
#define NEUROX_NEED(variable, expression)                                             \
  const auto variable##_found = (expression);                                         \
  if (!variable##_found) GTEST_SKIP() << #expression << " is not beside the project"; \
  const std::filesystem::path& variable = *variable##_found
