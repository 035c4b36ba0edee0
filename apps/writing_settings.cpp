#include "writing_settings.h"

#include "model_input.h"
#include "neurox/model/generate.h"
#include "neurox/model/stop_tokens.h"

namespace neurox::apps {

using model::EarlyStopping;

void declare_writing_settings(CLI::App& app, WritingSettings& settings, const std::string& group) {
  app.add_option("--beams", settings.beams, "Beam search over so many texts; 1: greedy")
      ->check(CLI::PositiveNumber)
      ->type_name("N")
      ->group(group);
  app.add_option("--length-penalty", settings.length_penalty,
                 "Beams are scored by log-probability / length^X")
      ->type_name("X")
      ->group(group);
  app.add_option(
         "--early-stopping", settings.early_stopping,
         "Whether the search ends with as many finished texts as beams: yes, no (they are also no worse "
         "than an open one), never (nor could an open one become better)")
      ->check(CLI::IsMember({"yes", "no", "never"}))
      ->type_name("WHEN")
      ->group(group);
  app.add_option("--repetition-penalty", settings.repetition_penalty,
                 "Make scores of tokens that are already there P times worse; 1: do not")
      ->check(CLI::PositiveNumber)
      ->type_name("P")
      ->group(group);
  app.add_option("--no-repeat", settings.no_repeat, "Write no N tokens in a row twice; 0: do not mind")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N")
      ->group(group);
  app.add_option("--least-tokens", settings.least_tokens, "Write at least so many tokens")
      ->check(CLI::NonNegativeNumber)
      ->type_name("TOKENS")
      ->group(group);
}

std::vector<std::string> names_given(const WritingSettings& settings) {
  std::vector<std::string> out;
  if (settings.beams) out.emplace_back("--beams");
  if (settings.length_penalty) out.emplace_back("--length-penalty");
  if (!settings.early_stopping.empty()) out.emplace_back("--early-stopping");
  if (settings.repetition_penalty) out.emplace_back("--repetition-penalty");
  if (settings.no_repeat) out.emplace_back("--no-repeat");
  if (settings.least_tokens) out.emplace_back("--least-tokens");
  return out;
}

void settle(const WritingSettings& settings, const std::string& folder, const LoadedModel& loaded,
            model::GenerationOptions& out) {
  const model::GenerationSettings said = model::generation_settings(folder);
  out.stop_ids = model::stop_tokens(folder);
  out.rules = said.rules;
  if (!loaded.model.has_encoder()) out.rules.first.reset();  // it is for texts that begin with it
  if (const auto language = loaded.tokenizer.target_language()) out.rules.first = language;
  out.history = said.history;
  out.beams = settings.beams.value_or(out.sampling ? 1 : said.beams.value_or(1));
  out.length_penalty = settings.length_penalty.value_or(said.length_penalty.value_or(1));
  out.early_stopping = settings.early_stopping == "yes"     ? EarlyStopping::Yes
                       : settings.early_stopping == "no"    ? EarlyStopping::No
                       : settings.early_stopping == "never" ? EarlyStopping::Never
                                                            : said.early_stopping.value_or(EarlyStopping::No);
  if (settings.repetition_penalty) out.history.repetition_penalty = *settings.repetition_penalty;
  if (settings.no_repeat) out.history.no_repeat_ngram_size = *settings.no_repeat;
  if (settings.least_tokens) out.history.min_new_tokens = *settings.least_tokens;
}

io::Tree settings_of(const model::GenerationOptions& options) {
  io::Tree out{{"beams", options.beams}};
  if (options.beams > 1) {
    out["length_penalty"] = options.length_penalty;
    out["early_stopping"] = options.early_stopping == EarlyStopping::Yes  ? "yes"
                            : options.early_stopping == EarlyStopping::No ? "no"
                                                                          : "never";
  }
  const model::HistoryRules& rules = options.history;
  if (rules.repetition_penalty != 1) out["repetition_penalty"] = rules.repetition_penalty;
  if (rules.encoder_repetition_penalty != 1)
    out["encoder_repetition_penalty"] = rules.encoder_repetition_penalty;
  if (rules.no_repeat_ngram_size > 0) out["no_repeat_ngram_size"] = rules.no_repeat_ngram_size;
  if (rules.encoder_no_repeat_ngram_size > 0)
    out["encoder_no_repeat_ngram_size"] = rules.encoder_no_repeat_ngram_size;
  if (rules.min_new_tokens)
    out["min_new_tokens"] = *rules.min_new_tokens;
  else if (rules.min_length > 0)
    out["min_length"] = rules.min_length;
  return out;
}

}  // namespace neurox::apps
