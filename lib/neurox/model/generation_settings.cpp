#include "neurox/model/generation_settings.h"

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "neurox/core/error.h"

namespace neurox::model {
namespace {

using Json = nlohmann::json;

std::optional<std::int64_t> number_at(const Json& file, const char* key) {
  const auto found = file.find(key);
  if (found == file.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

void read_rules(const Json& file, GenerationSettings& out) {
  TokenRules& rules = out.rules;
  if (!rules.first) rules.first = number_at(file, "forced_bos_token_id");
  if (!rules.last) rules.last = number_at(file, "forced_eos_token_id");
  if (!out.decoder_start) out.decoder_start = number_at(file, "decoder_start_token_id");
  if (!rules.never.empty()) return;
  const Json words = file.value("bad_words_ids", Json()), tokens = file.value("suppress_tokens", Json());
  if (words.is_array())
    for (const Json& word : words)
      if (word.is_array() && word.size() == 1 && word[0].is_number_integer())
        rules.never.push_back(word[0].get<std::int64_t>());
  if (tokens.is_array())
    for (const Json& token : tokens)
      if (token.is_number_integer()) rules.never.push_back(token.get<std::int64_t>());
}

}  // namespace

torch::Tensor TokenRules::operator()(const torch::Tensor& scores, std::int64_t step,
                                     std::int64_t most_tokens) const {
  constexpr double out = -std::numeric_limits<double>::infinity();
  const auto only = [&](std::int64_t token) {
    torch::Tensor forced = torch::full_like(scores, out);
    forced.select(1, token).zero_();
    return forced;
  };
  if (first && step == 0) return only(*first);
  if (last && step + 1 == most_tokens) return only(*last);
  if (never.empty()) return scores;
  return scores.index_fill(1, torch::tensor(never, torch::kInt64).to(scores.device()), out);
}

GenerationSettings generation_settings(const std::filesystem::path& folder) {
  GenerationSettings out;
  for (const char* name : {"generation_config.json", "config.json"}) {
    std::ifstream in(folder / name);
    if (!in) continue;
    const Json file = Json::parse(in, nullptr, /*allow_exceptions=*/false);
    if (file.is_discarded() || !file.is_object())
      throw input_error("{}: is no JSON", (folder / name).string());
    read_rules(file, out);
    if (!out.decoder_start && file.value("is_encoder_decoder", false)) {
      const bool begins = file.value("model_type", "") == "mbart";  // whose targets begin with their language
      out.decoder_start = number_at(file, begins ? "eos_token_id" : "pad_token_id");
    }
  }
  return out;
}

}  // namespace neurox::model
