#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "neurox/model/model.h"
#include "neurox/model/network.h"

namespace neurox::model {

/// A network as Model takes it.
struct LoadedNetwork {
  std::unique_ptr<Network> network;
  ModelConfig config;  ///< what messages name, sizes, labels
  std::vector<std::filesystem::path> weight_files;
  bool one_file = false;  ///< the configuration is in there too
};

/// Whether a path is no Transformer's: any file (GGUF is asked for before), or a folder whose config.json
/// names one of network_types().
bool is_network(const std::filesystem::path& path);

/// @throws Error{Input} as NetworkConfig, Weights, ScriptModel and StaticVectors; Error{Usage} for random
/// weights of a file
LoadedNetwork load_network(const std::filesystem::path& path, const LoadOptions& options,
                           torch::Device device);

}  // namespace neurox::model
