#include <gtest/gtest.h>

#include <fstream>

#include "cases.h"
#include "support.h"

namespace neurox::text {
namespace {

using neurox::testing::real_model;
using neurox::testing::shared;
using neurox::testing::TempFolder;
using testing::characters;
using testing::expect_equal;

/// @return how many lines were compared
int compare_lines(const Tokenizer& tokenizer, const std::filesystem::path& oracle) {
  std::ifstream in(oracle);
  EXPECT_TRUE(in);
  int count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    const auto expected = nlohmann::json::parse(line);
    const auto text = expected["text"].get<std::string>();
    const Encoding encoding = tokenizer.encode(text);
    expect_equal(encoding, characters(encoding, text), expected, text);
    if (::testing::Test::HasFailure()) break;
  }
  return count;
}

TEST(TokenizerOracle, MiniLMEqualsTheReferenceOnEveryLine) {
  NEUROX_NEED(folder, shared("models/minilm-sst2"));
  NEUROX_NEED(oracle, shared("oracles/tokenise/minilm.jsonl"));
  // The classifier's tokenizer is MiniLM's but for truncation and padding, which are not done.
  EXPECT_EQ(compare_lines(Tokenizer::load(folder), oracle), 600);
}

TEST(TokenizerOracle, MiniLMsOwnFileAsksForTruncationAndPaddingWhichAreNotDone) {
  NEUROX_NEED(folder, real_model("minilm"));
  NEUROX_NEED(oracle, shared("oracles/tokenise/minilm.jsonl"));
  const Tokenizer tokenizer = Tokenizer::load(folder);
  EXPECT_EQ(tokenizer.file_max_length(), 128);
  EXPECT_EQ(tokenizer.model_max_length(), 512);
  EXPECT_EQ(compare_lines(tokenizer, oracle), 600);
}

TEST(TokenizerOracle, MiniLMsVocabTxtAloneGivesTheSame) {
  NEUROX_NEED(model, shared("models/minilm-sst2"));
  NEUROX_NEED(oracle, shared("oracles/tokenise/minilm.jsonl"));
  TempFolder folder;
  std::filesystem::copy_file(model / "vocab.txt", folder / "vocab.txt");
  std::ofstream(folder / "tokenizer_config.json") << R"({"do_lower_case": true})";
  EXPECT_EQ(compare_lines(Tokenizer::load(folder.path()), oracle), 600);
}

TEST(TokenizerOracle, SmolLM2EqualsTheReferenceOnEveryLine) {
  NEUROX_NEED(folder, shared("models/smollm2-135m"));
  NEUROX_NEED(oracle, shared("oracles/tokenise/smollm2.jsonl"));
  EXPECT_EQ(compare_lines(Tokenizer::load(folder), oracle), 600);
}

TEST(TokenizerOracle, SmolLM2WithSingleDigitsEqualsTheReference) {
  NEUROX_NEED(model, shared("models/smollm2-135m"));
  NEUROX_NEED(oracle, shared("oracles/tokenise/smollm2-digits.jsonl"));
  auto json = testing::read_json(model / "tokenizer.json");
  json["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers", {{{"type", "Digits"}, {"individual_digits", true}}, json["pre_tokenizer"]}}};
  TempFolder folder;
  std::ofstream(folder / "tokenizer.json") << json;
  EXPECT_EQ(compare_lines(Tokenizer::load(folder.path()), oracle), 4);
}

TEST(TokenizerOracle, SmolLM2AsVocabJsonAndMergesTxtGivesTheSame) {
  NEUROX_NEED(model, shared("models/smollm2-135m"));
  NEUROX_NEED(oracle, shared("oracles/tokenise/smollm2.jsonl"));
  const auto json = testing::read_json(model / "tokenizer.json");
  TempFolder folder;
  std::ofstream(folder / "vocab.json") << json["model"]["vocab"];
  std::ofstream merges(folder / "merges.txt");
  merges << "#version: 0.2\n";
  for (const auto& merge : json["model"]["merges"]) {
    if (merge.is_string())
      merges << merge.get<std::string>() << '\n';
    else
      merges << merge[0].get<std::string>() << ' ' << merge[1].get<std::string>() << '\n';
  }
  merges.close();
  nlohmann::json config;
  for (const auto& token : json["added_tokens"])
    config["added_tokens_decoder"][std::to_string(token["id"].get<int>())] = token;
  std::ofstream(folder / "tokenizer_config.json") << config;
  EXPECT_EQ(compare_lines(Tokenizer::load(folder.path()), oracle), 600);
}

/// OpenAI's vocabulary is not beside the project. With its encoder.json and vocab.bpe as vocab.json and
/// merges.txt in NEUROX_MODELS/gpt2, this test runs.
TEST(TokenizerOracle, Gpt2EqualsTheReferenceOnEveryLine) {
  NEUROX_NEED(oracle, shared("oracles/tokenise/gpt2.jsonl"));
  const char* models = std::getenv("NEUROX_MODELS");
  const std::filesystem::path folder = std::filesystem::path(models == nullptr ? "" : models) / "gpt2";
  if (!std::filesystem::exists(folder / "merges.txt")) GTEST_SKIP() << "GPT-2's vocabulary is not there";
  EXPECT_EQ(compare_lines(Tokenizer::load(folder), oracle), 600);
}

TEST(TokenizerOracle, Stories260KGivesTheKnownIds) {
  NEUROX_NEED(folder, shared("models/stories260K-hf"));
  const Tokenizer tokenizer = Tokenizer::load(folder);
  const std::string text = "Once upon a time, there was a little girl named Lily.";
  const std::vector<std::int32_t> ids{1,   403, 407, 261, 378, 432, 383, 286,
                                      261, 376, 298, 315, 421, 395, 317, 426};
  EXPECT_EQ(tokenizer.encode(text).ids, ids);
  EXPECT_EQ(tokenizer.decode(ids, true), text);
  EXPECT_EQ(tokenizer.decode(ids, false), "<s> " + text);
  EXPECT_EQ(tokenizer.bos_id(), 1);
  EXPECT_EQ(tokenizer.eos_id(), 2);
  EXPECT_EQ(tokenizer.unk_id(), 0);
  EXPECT_EQ(tokenizer.vocab_size(), 512);
}

TEST(TokenizerOracle, RolesComeFromTheConfig) {
  NEUROX_NEED(minilm, shared("models/minilm-sst2"));
  const Tokenizer bert = Tokenizer::load(minilm);
  EXPECT_EQ(bert.cls_id(), 101);
  EXPECT_EQ(bert.sep_id(), 102);
  EXPECT_EQ(bert.mask_id(), 103);
  EXPECT_EQ(bert.unk_id(), 100);
  EXPECT_EQ(bert.pad_id(), 0);
  EXPECT_EQ(bert.bos_id(), std::nullopt);
  EXPECT_EQ(bert.vocab_size(), 30522);
  EXPECT_TRUE(bert.is_special(103));
  EXPECT_FALSE(bert.is_special(1000));
  NEUROX_NEED(smollm, shared("models/smollm2-135m"));
  const Tokenizer llama = Tokenizer::load(smollm);
  EXPECT_EQ(llama.bos_id(), 1);
  EXPECT_EQ(llama.eos_id(), 2);
  EXPECT_EQ(llama.unk_id(), 0);
  EXPECT_EQ(llama.cls_id(), std::nullopt);
  EXPECT_EQ(llama.vocab_size(), 49152);
}

/// Further cases, made by scripts/fixtures/tokenizer_cases.py --folder, when a file of them is named.
TEST(TokenizerOracle, FurtherCasesAgree) {
  const char* path = std::getenv("NEUROX_TOKENIZER_CASES");
  if (path == nullptr) GTEST_SKIP() << "NEUROX_TOKENIZER_CASES names no file";
  const auto stored = testing::read_json(path);
  const Tokenizer tokenizer = Tokenizer::load(stored["folder"].get<std::string>());
  EXPECT_EQ(testing::compare_cases(tokenizer, stored["cases"], stored["folder"]), 0);
}

}  // namespace
}  // namespace neurox::text
