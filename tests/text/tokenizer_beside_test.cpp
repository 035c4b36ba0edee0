#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "neurox/text/tokenizer.h"
#include "support.h"

/// Word lists beside a TorchScript file.
namespace neurox::text {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BesideTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name) << content;
  }
  Tokenizer load() const { return Tokenizer::load_beside(folder_ / "model.ts"); }
  std::vector<std::int32_t> ids(const std::string& text) const { return load().encode(text).ids; }
  neurox::testing::TempFolder folder_;
};

TEST_F(BesideTest, WordsAndPunctuationAreLowerCasedAndTheUnlistedAreUnk) {
  write("vocab.txt", "<pad>\n<unk>\n.\nwarm\ndon't\n");
  EXPECT_THAT(ids("Warm, don't WARM."), ElementsAre(3, 1, 4, 3, 2));
  const Encoding encoding = load().encode("A warm.");
  EXPECT_EQ(encoding.bytes[1], (std::pair<std::uint32_t, std::uint32_t>(2, 6)));
  EXPECT_EQ(encoding.tokens[1], "warm");
  EXPECT_EQ(load().pad_id(), 0);
  EXPECT_EQ(load().unk_id(), 1);
}
TEST_F(BesideTest, CaseIsKeptWhereTheListHasCapitals) {
  write("vocab.txt", "<unk>\nThe\nthe\n");
  EXPECT_THAT(ids("The the THE"), ElementsAre(1, 2, 0));
}
TEST_F(BesideTest, AListOfSingleCharactersIsOfCharacters) {
  write("vocab.json", R"({" ": 0, "a": 1, "b": 2, "\n": 3, "é": 4})");
  EXPECT_THAT(ids("ab a\né"), ElementsAre(1, 2, 0, 1, 3, 4));
}
TEST_F(BesideTest, SettingsChangeHowWordsAreFound) {
  write("vocab.txt", "?\nGood.\ngood\n.\n");
  write("model.neurox.json", R"({"words": "spaces", "unknown": "?", "lowercase": false})");
  EXPECT_THAT(ids("Good. good bad"), ElementsAre(1, 2, 0));
  write("model.neurox.json", R"({"words": "[a-z]+", "unknown": "?", "lowercase": true})");
  EXPECT_THAT(ids("Good. good"), ElementsAre(2, 2));
}
TEST_F(BesideTest, WhatIsMissingOrDoesNotFitIsToldInOneLine) {
  EXPECT_THAT(refusal([&] { load(); }), HasSubstr("no vocabulary beside it: put vocab.txt"));
  write("vocab.txt", "");
  EXPECT_THAT(refusal([&] { load(); }), HasSubstr("vocab.txt: no tokens"));
  write("vocab.txt", "a word\n");
  EXPECT_THAT(refusal([&] { load().encode("other"); }), HasSubstr("unknown"));
  write("model.neurox.json", R"({"unknown": "<unk>"})");
  EXPECT_THAT(refusal([&] { load(); }), HasSubstr("vocab.txt has no \"<unk>\""));
  write("model.neurox.json", R"({"words": "["})");
  EXPECT_FALSE(refusal([&] { load(); }).empty());
}
TEST_F(BesideTest, TheFingerprintFollowsListAndSettings) {
  write("vocab.txt", "<unk>\na\n");
  const std::string first = load().fingerprint();
  EXPECT_EQ(load().fingerprint(), first);
  write("model.neurox.json", R"({"words": "spaces"})");
  EXPECT_NE(load().fingerprint(), first);
}
TEST_F(BesideTest, TheSentimentModelsOwnIds) {
  NEUROX_NEED(folder, neurox::testing::shared("models/cnn-sst2"));
  const Tokenizer tokenizer = Tokenizer::load_beside(folder / "model.ts");
  EXPECT_THAT(tokenizer.encode("A warm, funny and moving film.").ids,
              ElementsAre(5, 625, 4, 65, 6, 254, 16, 2));
  EXPECT_THAT(tokenizer.encode("Dull, predictable and far too long.").ids,
              ElementsAre(282, 4, 337, 6, 196, 50, 137, 2));
}
TEST_F(BesideTest, TheCharacterModelsOwnIds) {
  NEUROX_NEED(folder, neurox::testing::shared("models/lstm-lm-bronte"));
  EXPECT_THAT(Tokenizer::load_beside(folder / "model.ts").encode("Jane Eyre").ids,
              ElementsAre(56, 3, 5, 1, 0, 49, 18, 8, 1));
}

}  // namespace
}  // namespace neurox::text
