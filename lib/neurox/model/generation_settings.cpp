#include "neurox/model/generation_settings.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "neurox/core/error.h"
#include "neurox/model/config_reader.h"
#include "neurox/model/stop_tokens.h"

namespace neurox::model {
namespace {

using Json = nlohmann::json;

std::optional<std::int64_t> number_at(const Json& file, const char* key) {
  const auto found = file.find(key);
  if (found == file.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

/// Tokens of words that are never written; of one token each in `one`.
void read_bad_words(const Json& words, const std::vector<std::int64_t>& ends, TokenRules& one,
                    HistoryRules& longer) {
  if (!words.is_array()) return;
  for (const Json& word : words) {
    if (!word.is_array() || word.empty() ||
        !std::all_of(word.begin(), word.end(), [](const Json& id) { return id.is_number_integer(); }))
      continue;
    const auto ids = word.get<std::vector<std::int64_t>>();
    if (ids.size() > 1)
      longer.bad_words_ids.push_back(ids);
    else if (std::find(ends.begin(), ends.end(), ids[0]) == ends.end())
      one.never.push_back(ids[0]);
  }
}

double positive(const ConfigReader& file, const char* key, double otherwise) {
  const double value = file.number(key, otherwise);
  if (!(value > 0)) throw file.refuse(key, fmt::format("{} is not above 0", value));
  return value;
}

std::int64_t natural(const ConfigReader& file, const char* key) {
  const std::int64_t value = file.integer(key, 0);
  if (value < 0) throw file.refuse(key, fmt::format("{} is below 0", value));
  return value;
}

void read_history(const ConfigReader& file, GenerationSettings& out) {
  HistoryRules& rules = out.history;
  rules.repetition_penalty = positive(file, "repetition_penalty", 1);
  rules.encoder_repetition_penalty = positive(file, "encoder_repetition_penalty", 1);
  rules.no_repeat_ngram_size = natural(file, "no_repeat_ngram_size");
  rules.encoder_no_repeat_ngram_size = natural(file, "encoder_no_repeat_ngram_size");
  rules.min_length = natural(file, "min_length");
  if (file.find("min_new_tokens") != nullptr) rules.min_new_tokens = natural(file, "min_new_tokens");
  if (file.find("num_beams") != nullptr) out.beams = file.size("num_beams");
  if (file.find("length_penalty") != nullptr) out.length_penalty = file.number("length_penalty", 1);
  if (const Json* early = file.find("early_stopping")) {
    if (!early->is_boolean() && *early != "never")
      throw file.refuse("early_stopping", fmt::format("{} is none of true, false, \"never\"", early->dump()));
    out.early_stopping = *early == "never" ? EarlyStopping::Never
                         : *early == true  ? EarlyStopping::Yes
                                           : EarlyStopping::No;
  }
}

void read_rules(const Json& file, const std::vector<std::int64_t>& ends, GenerationSettings& out) {
  TokenRules& rules = out.rules;
  if (!rules.first) rules.first = number_at(file, "forced_bos_token_id");
  if (!rules.last) rules.last = number_at(file, "forced_eos_token_id");
  if (!out.decoder_start) out.decoder_start = number_at(file, "decoder_start_token_id");
  if (!rules.never.empty() || !out.history.bad_words_ids.empty()) return;
  read_bad_words(file.value("bad_words_ids", Json()), ends, rules, out.history);
  const Json tokens = file.value("suppress_tokens", Json());
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
  const std::vector<std::int64_t> ends = stop_tokens(folder);
  bool first = true;
  for (const char* name : {"generation_config.json", "config.json"}) {
    std::ifstream in(folder / name);
    if (!in) continue;
    const Json file = Json::parse(in, nullptr, /*allow_exceptions=*/false);
    if (file.is_discarded() || !file.is_object())
      throw input_error("{}: is no JSON", (folder / name).string());
    if (first) read_history(ConfigReader(file, (folder / name).string()), out);
    first = false;
    read_rules(file, ends, out);
    if (!out.decoder_start && file.value("is_encoder_decoder", false)) {
      const bool begins = file.value("model_type", "") == "mbart";  // whose targets begin with their language
      out.decoder_start = number_at(file, begins ? "eos_token_id" : "pad_token_id");
    }
  }
  return out;
}

}  // namespace neurox::model
