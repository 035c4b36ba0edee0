#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "neurox/io/table.h"

namespace neurox::io {

/// What made a file; kept in `uns/neurox`. Holds no time and no place, so that the same command gives the
/// same bytes.
struct Provenance {
  std::string kind;     ///< activations, probe, ranking, ablation, ...
  std::string version;  ///< of neurox
  std::string command;  ///< the command line as typed
  std::optional<std::uint64_t> seed;
  std::string model;             ///< name of the model's folder or file
  std::string model_sha256;      ///< of its weights; empty where no model took part
  std::string tokenizer_sha256;  ///< of its tokenizer; likewise
  std::vector<std::pair<std::string, std::string>> inputs;  ///< file name without folders, SHA-256
  Tree settings = Tree::object();                           ///< what was asked for, defaults spelt out

  /// Adds a file by its name and the hash of its content. @throws Error{Input} when it cannot be read
  void add_input(const std::filesystem::path& path);
};

Tree to_tree(const Provenance& provenance);

/// The provenance in a file's `uns`; all fields empty where it has none (a foreign file).
Provenance provenance(const Tree& uns);

/// @throws Error{Input} when both name a model (a tokenizer) and not the same one: `b.h5ad: made with model
/// minilm
///         (9f2c41d0…), but a.h5ad with gpt2 (77aa0c12…)`
void check_same_model(const std::filesystem::path& a, const Provenance& from_a,
                      const std::filesystem::path& b, const Provenance& from_b);

}  // namespace neurox::io
