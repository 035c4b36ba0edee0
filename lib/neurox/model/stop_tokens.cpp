#include "neurox/model/stop_tokens.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "neurox/core/error.h"
#include "neurox/core/gguf_file.h"

namespace neurox::model {
namespace {

std::vector<std::int64_t> gguf_stop_tokens(const GgufFile& file) {
  std::vector<std::int64_t> ids;
  for (const char* key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"})
    if (const std::int64_t id = file.integer_or(key, -1); id >= 0 && (ids.empty() || ids[0] != id))
      ids.push_back(id);
  return ids;
}

}  // namespace

std::vector<std::int64_t> stop_tokens(const std::filesystem::path& folder) {
  if (std::filesystem::is_regular_file(folder) && GgufFile::is_one(folder))
    return gguf_stop_tokens(GgufFile::open(folder));
  for (const char* name : {"generation_config.json", "config.json"}) {
    std::ifstream in(folder / name);
    if (!in) continue;
    const nlohmann::json file = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
    if (file.is_discarded()) throw input_error("{}: is no JSON", (folder / name).string());
    const auto found = file.find("eos_token_id");
    if (found == file.end()) continue;
    if (found->is_number_integer()) return {found->get<std::int64_t>()};
    std::vector<std::int64_t> ids;
    if (found->is_array())
      for (const auto& id : *found)
        if (id.is_number_integer()) ids.push_back(id.get<std::int64_t>());
    if (!ids.empty()) return ids;
  }
  return {};
}

}  // namespace neurox::model
