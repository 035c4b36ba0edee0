#include <gmock/gmock.h>

#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "model/pair_models.h"
#include "neurox/model/generate.h"
#include "neurox/model/generation_settings.h"
#include "neurox/model/stop_tokens.h"

/// Settings of generation_config.json, and what transformers writes under them
/// (scripts/fixtures/writing_rules.py).
namespace neurox::model {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json rule_cases() {
  return json::parse(std::ifstream(std::filesystem::path(NEUROX_TESTDATA) / "generation" / "rules.json"));
}

/// The model's own generation_config.json with these settings, read back.
GenerationSettings settings_read(const std::filesystem::path& model, const json& settings) {
  const testing::TempFolder folder;
  std::filesystem::copy_file(model / "config.json", folder / "config.json");
  json file = json::object();
  if (std::filesystem::exists(model / "generation_config.json"))
    file = json::parse(std::ifstream(model / "generation_config.json"));
  file.update(settings);
  testing::write_text(folder / "generation_config.json", file.dump());
  return generation_settings(folder.path());
}

TEST(WritingRules, EverySettingWritesWhatTransformersWritesTokenForToken) {
  const json all = rule_cases();
  std::map<std::string, Model> models;
  const std::filesystem::path testdata = NEUROX_TESTDATA;
  for (const json& c : all.at("cases")) {
    const auto name = c.at("model").get<std::string>();
    SCOPED_TRACE(name + " " + c.at("settings").dump());
    const std::filesystem::path folder = testdata / name;
    if (!models.contains(name)) models.emplace(name, Model::load(folder));
    const Model& model = models.at(name);
    const GenerationSettings settings = settings_read(folder, c.at("settings"));
    GenerationOptions options;
    options.most_tokens = all.at("new_tokens");
    options.stop_ids = stop_tokens(folder);
    options.rules = settings.rules;
    options.history = settings.history;
    options.beams = settings.beams.value_or(1);
    options.length_penalty = settings.length_penalty.value_or(1);
    options.early_stopping = settings.early_stopping.value_or(EarlyStopping::No);
    auto prompts = c.at("prompts").get<std::vector<TokenIds>>();
    for (TokenIds& prompt : prompts)
      if (model.has_encoder()) {
        options.sources.push_back(static_cast<std::int64_t>(prompt.size()));
        prompt.push_back(*settings.decoder_start);
      }
    const auto found = generate(model, prompts, options);
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_EQ(found[i].ids, c.at("ids")[i].get<TokenIds>()) << "prompt " << i;
  }
}

const std::vector<std::int64_t>& six() {
  static const std::vector<std::int64_t> ids{1, 2, 3, 1, 2, 1};
  return ids;
}

std::vector<double> ruled(const HistoryRules& rules, const TextSoFar& text) {
  // Scores 2, -2, 4, -4, 1.
  const torch::Tensor out = under_history(rules, torch::tensor({{2.0, -2.0, 4.0, -4.0, 1.0}}),
                                          std::vector<TextSoFar>{text}, std::vector<std::int64_t>{4});
  std::vector<double> values;
  for (std::int64_t i = 0; i < 5; ++i) values.push_back(out[0][i].item<double>());
  return values;
}

TEST(WritingRules, PenaltiesMakeWhatIsThereWorseAndWhatTheSourceHasBetter) {
  const std::vector<std::int64_t> source{0, 3};
  using V = std::vector<double>;
  EXPECT_EQ(ruled({.repetition_penalty = 2}, {source, six(), 6}), (V{2, -4, 2, -8, 1}));
  EXPECT_EQ(ruled({.encoder_repetition_penalty = 2}, {source, six(), 6}), (V{4, -2, 4, -2, 1}));
  EXPECT_EQ(ruled({}, {source, six(), 6}), (V{2, -2, 4, -4, 1}));
}

TEST(WritingRules, WhatIsForbiddenHasNoChance) {
  constexpr double out = -std::numeric_limits<double>::infinity();
  using V = std::vector<double>;
  const std::vector<std::int64_t> source{2, 1, 0};
  // Written 1 2 3 1 2 1: behind 1 came 2, behind 2 1 nothing yet.
  EXPECT_EQ(ruled({.no_repeat_ngram_size = 2}, {source, six(), 6}), (V{2, -2, out, -4, 1}));
  EXPECT_EQ(ruled({.no_repeat_ngram_size = 3}, {source, six(), 6}), (V{2, -2, 4, -4, 1}));
  EXPECT_EQ(ruled({.no_repeat_ngram_size = 1}, {source, six(), 6}), (V{2, out, out, out, 1}));
  EXPECT_EQ(ruled({.no_repeat_ngram_size = 9}, {source, six(), 6}), (V{2, -2, 4, -4, 1}));
  EXPECT_EQ(ruled({.encoder_no_repeat_ngram_size = 3}, {source, six(), 6}), (V{out, -2, 4, -4, 1}));
  EXPECT_EQ(ruled({.bad_words_ids = {{2, 1, 3}, {3, 1, 0}}}, {source, six(), 6}), (V{2, -2, 4, out, 1}));
  // Token 4 ends a text.
  EXPECT_EQ(ruled({.min_length = 7}, {source, six(), 6}), (V{2, -2, 4, -4, out}));
  EXPECT_EQ(ruled({.min_length = 6}, {source, six(), 6}), (V{2, -2, 4, -4, 1}));
  EXPECT_EQ(ruled({.min_length = 7, .min_new_tokens = 2}, {source, six(), 2}), (V{2, -2, 4, -4, 1}));
  EXPECT_EQ(ruled({.min_new_tokens = 3}, {source, six(), 2}), (V{2, -2, 4, -4, out}));
}

TEST(WritingRules, RefusesValuesThatMeanNothingAndRulesThatLeaveNothing) {
  const auto folder = testing::pair_folder("bart-lm");
  const auto reading = [&](const json& settings) {
    return testing::refusal([&] { settings_read(folder, settings); });
  };
  EXPECT_THAT(reading({{"num_beams", 0}}),
              HasSubstr("generation_config.json: num_beams: 0 is no possible size"));
  EXPECT_THAT(reading({{"repetition_penalty", 0}}), HasSubstr("repetition_penalty: 0 is not above 0"));
  EXPECT_THAT(reading({{"no_repeat_ngram_size", -1}}), HasSubstr("no_repeat_ngram_size: -1 is below 0"));
  EXPECT_THAT(reading({{"length_penalty", "long"}}), HasSubstr("length_penalty: \"long\" is no number"));
  EXPECT_THAT(reading({{"early_stopping", "soon"}}), HasSubstr("is none of true, false, \"never\""));
  EXPECT_EQ(settings_read(folder, {{"num_beams", nullptr}, {"min_length", nullptr}}).beams, std::nullopt);

  // No token twice, of a vocabulary of 61: the model runs out of them.
  const Model model = testing::tiny("gpt2-lm");
  GenerationOptions options;
  options.history.no_repeat_ngram_size = 1;
  for (std::int64_t token = 0; token < 58; ++token) options.rules.never.push_back(token);
  EXPECT_THAT(testing::refusal([&] { generate(model, std::vector<TokenIds>{{3}}, options); }),
              HasSubstr("after 3 tokens the rules of writing forbid every token"));
  options.beams = 2;
  EXPECT_THAT(testing::refusal([&] { generate(model, std::vector<TokenIds>{{3}}, options); }),
              HasSubstr("the rules of writing forbid every token"));
  options.history.repetition_penalty = -1;
  EXPECT_THAT(testing::refusal([&] { generate(model, std::vector<TokenIds>{{3}}, options); }),
              HasSubstr("not above 0"));
}

}  // namespace
}  // namespace neurox::model
