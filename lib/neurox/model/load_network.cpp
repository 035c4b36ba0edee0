#include "neurox/model/load_network.h"

#include <optional>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/word_vectors.h"
#include "neurox/model/native_network.h"
#include "neurox/model/network_config.h"
#include "neurox/model/safetensors.h"
#include "neurox/model/script_model.h"
#include "neurox/model/static_vectors.h"

namespace neurox::model {
namespace {

namespace fs = std::filesystem;

LoadedNetwork load_folder(const fs::path& folder, const LoadOptions& options, torch::Device device) {
  const NetworkConfig config = NetworkConfig::load(folder);
  LoadedNetwork out;
  out.config = config.common;
  if (options.random_init) {
    RandomWeights weights(config.common, *options.random_init, options.dtype, device);
    out.network = make_network(config, weights);
    return out;
  }
  const SafeTensors file = SafeTensors::open_folder(folder);
  out.weight_files = file.files();
  CheckpointWeights weights(file, config.common, options.dtype, device);
  out.network = make_network(config, weights);
  weights.finish();
  return out;
}

/// What a file says of itself, in a configuration's words.
ModelConfig config_of_file(const fs::path& file, const char* type, const Network& network) {
  ModelConfig c;
  c.file = file / "forward";  // messages name the folder that a config is in
  c.model_type = type;
  c.vocabulary = network.word_embeddings().size(0);
  c.width = c.embedding_width = network.word_embeddings().size(1);
  c.max_positions = 1 << 20;  // none is known
  c.causal = network.task() == Network::Task::Next;
  return c;
}

}  // namespace

bool is_network(const fs::path& path) {
  return fs::is_directory(path) ? NetworkConfig::is_one(path) : fs::is_regular_file(path);
}

LoadedNetwork load_network(const fs::path& path, const LoadOptions& options, torch::Device device) {
  if (fs::is_directory(path)) return load_folder(path, options, device);
  if (options.random_init)
    throw usage_error("{}: --random-init is for folders with a config.json", path.string());
  LoadedNetwork out;
  out.weight_files = {path};
  out.one_file = true;
  if (WordVectorsFile::is_one(path)) {
    out.network = std::make_unique<StaticVectors>(path, options.dtype, device);
    out.config = config_of_file(path, "word-vectors", *out.network);
    return out;
  }
  auto script = std::make_unique<ScriptModel>(path, device);
  out.config = config_of_file(path, "torchscript", *script);
  out.config.labels = script->settings().labels;
  out.network = std::move(script);
  return out;
}

}  // namespace neurox::model
