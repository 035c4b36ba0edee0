#include "neurox/model/prune.h"

#include <torch/types.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "neurox/core/error.h"
#include "neurox/model/config.h"
#include "neurox/model/safetensors.h"
#include "neurox/model/safetensors_writer.h"

namespace neurox::model {
namespace {

using torch::Tensor;

/// Units that each block keeps, ascending.
std::vector<std::vector<std::int64_t>> kept_units(const ModelConfig& config, const Pruning& pruning) {
  if (config.encoder)
    throw usage_error("{}: units of an encoder with a decoder cannot be left out",
                      config.file.parent_path().string());
  if (pruning.mlp_units.size() > static_cast<std::size_t>(config.blocks))
    throw usage_error("units of {} blocks to prune, but {} has {}", pruning.mlp_units.size(),
                      config.file.parent_path().string(), config.blocks);
  std::vector<std::vector<std::int64_t>> kept(static_cast<std::size_t>(config.blocks));
  for (std::size_t l = 0; l < kept.size(); ++l) {
    const std::set<std::int64_t> none;
    const std::set<std::int64_t>& removed = l < pruning.mlp_units.size() ? pruning.mlp_units[l] : none;
    if (!removed.empty() && (*removed.begin() < 0 || *removed.rbegin() >= config.mlp_width))
      throw usage_error("blocks.{}.mlp.hook_post: no unit {}; it has {}", l,
                        *removed.begin() < 0 ? *removed.begin() : *removed.rbegin(), config.mlp_width);
    for (std::int64_t u = 0; u < config.mlp_width; ++u)
      if (!removed.contains(u)) kept[l].push_back(u);
  }
  return kept;
}

/// These rows (columns) of a weight, and zeros up to `width` of them.
Tensor taken(const Tensor& weight, std::int64_t axis, const std::vector<std::int64_t>& kept,
             std::int64_t width) {
  Tensor out = weight.index_select(axis, torch::tensor(kept, torch::kInt64));
  const auto missing = width - static_cast<std::int64_t>(kept.size());
  if (missing == 0) return out;
  std::vector<std::int64_t> shape(weight.sizes().begin(), weight.sizes().end());
  shape[static_cast<std::size_t>(axis)] = missing;
  return at::cat({out, torch::zeros(shape, weight.options())}, axis);
}

void copy_other_files(const std::filesystem::path& source, const std::filesystem::path& target) {
  for (const auto& entry : std::filesystem::directory_iterator(source)) {
    const std::string name = entry.path().filename().string(), ending = entry.path().extension().string();
    const bool weights = ending == ".safetensors" || ending == ".bin" || ending == ".pt" || ending == ".h5" ||
                         ending == ".onnx" || ending == ".gguf" || name.ends_with(".index.json");
    if (entry.is_regular_file() && !weights && name != "config.json")
      std::filesystem::copy_file(entry.path(), target / name);
  }
}

}  // namespace

void save_pruned(const std::filesystem::path& source, const std::filesystem::path& target,
                 const Pruning& pruning) {
  if (std::filesystem::is_regular_file(source))
    throw usage_error(
        "{}: a smaller model is written from a folder (config.json, safetensors), not from a file",
        source.string());
  const ModelConfig config = ModelConfig::load(source);
  const Architecture& row = *config.architecture;
  const Architecture::Names& names = row.names;
  const std::size_t mark = names.block.find("{l}");
  if (mark == std::string_view::npos || names.mlp_up.empty())
    throw usage_error("{}: blocks of {} have no MLP of their own to be made smaller", source.string(),
                      config.model_type);
  const auto kept = kept_units(config, pruning);
  std::int64_t width = 0;
  for (const auto& units : kept) width = std::max(width, static_cast<std::int64_t>(units.size()));
  if (width == 0) throw usage_error("{}: every unit of every block would go", source.string());
  if (std::filesystem::exists(target)) throw usage_error("{}: is there already", target.string());

  // What happens to each tensor by name: which block, along which axis.
  std::map<std::string, std::pair<std::size_t, std::int64_t>> changes;
  const bool out_in = row.layout == LinearLayout::OutIn;
  for (std::size_t l = 0; l < kept.size(); ++l) {
    std::string block(names.block);
    block.replace(mark, 3, std::to_string(l));
    for (const std::string& prefix : {std::string(row.prefix), std::string()}) {
      for (const std::string_view up : {names.mlp_up, names.mlp_gate}) {
        if (up.empty()) continue;
        changes[prefix + block + std::string(up) + ".weight"] = {l, out_in ? 0 : 1};
        changes[prefix + block + std::string(up) + ".bias"] = {l, 0};
      }
      changes[prefix + block + std::string(names.mlp_down) + ".weight"] = {l, out_in ? 1 : 0};
    }
  }
  const SafeTensors file = SafeTensors::open_folder(source);
  std::map<std::string, Tensor> tensors;
  std::size_t changed = 0;
  for (const auto& [name, info] : file.tensors()) {
    const Tensor whole = file.tensor(name);
    const auto it = changes.find(name);
    tensors[name] =
        it == changes.end() ? whole : taken(whole, it->second.second, kept[it->second.first], width);
    changed += it == changes.end() ? 0 : 1;
  }
  if (changed < 2 * kept.size())
    throw usage_error("{}: the weights of its MLPs do not lie as those of {} do", source.string(),
                      config.model_type);

  nlohmann::ordered_json json = nlohmann::ordered_json::parse(std::ifstream(source / "config.json"));
  json[std::string(row.keys.mlp_width)] = width;
  std::filesystem::path unfinished = target;
  unfinished += ".partial";
  std::filesystem::remove_all(unfinished);
  std::filesystem::create_directories(unfinished);
  try {
    copy_other_files(source, unfinished);
    std::ofstream out(unfinished / "config.json");
    out << json.dump(2) << '\n';
    out.close();
    if (!out) throw input_error("{}: cannot be written", (target / "config.json").string());
    write_safetensors(unfinished / "model.safetensors", tensors);
    std::filesystem::rename(unfinished, target);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(unfinished, ignored);
    throw;
  }
}

}  // namespace neurox::model
