#include "neurox/text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "neurox/core/hash.h"
#include "support.h"

namespace neurox::text {
namespace {

using neurox::testing::refusal;
using neurox::testing::TempFolder;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Pair;

/// BERT in small: [CLS] and [SEP] around, lower case, eight pieces.
nlohmann::json small_bert() {
  return nlohmann::json::parse(R"({
    "version": "1.0", "truncation": {"max_length": 7, "strategy": "LongestFirst", "stride": 0}, "padding": null,
    "added_tokens": [{"id": 3, "content": "[MASK]", "single_word": false, "lstrip": false, "rstrip": false,
                      "normalized": false, "special": true}],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                   "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 10,
              "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "[MASK]": 3, "un": 4, "##do": 5, "cafe": 6, ".": 9}}})");
}

Tokenizer load(const nlohmann::json& json) {
  TempFolder folder;
  std::ofstream(folder / "tokenizer.json") << json;
  return Tokenizer::load(folder.path());
}

std::string load_refusal(const nlohmann::json& json) {
  return refusal([&] { load(json); });
}

TEST(Tokenizer, PiecesOffsetsAndSpecialsByHand) {
  const Tokenizer tokenizer = load(small_bert());
  // Bytes: U 0, n 1, d 2, o 3, space, C 5, a, f, e-acute 8-9, . 10, M 11...
  const Encoding e = tokenizer.encode("Undo Caf\u00e9.[MASK]x");
  EXPECT_THAT(e.tokens, ElementsAre("[CLS]", "un", "##do", "cafe", ".", "[MASK]", "[UNK]", "[SEP]"));
  EXPECT_THAT(e.ids, ElementsAre(1, 4, 5, 6, 9, 3, 0, 2));
  EXPECT_THAT(e.bytes, ElementsAre(Pair(0, 0), Pair(0, 2), Pair(2, 4), Pair(5, 10), Pair(10, 11),
                                   Pair(11, 17), Pair(17, 18), Pair(0, 0)));
  EXPECT_THAT(e.special, ElementsAre(1, 0, 0, 0, 0, 0, 0, 1));
  EXPECT_FALSE(e.truncated);
  // Only what the file declares special is left out, and that is [MASK] here.
  EXPECT_EQ(tokenizer.decode(e.ids, true), "[CLS] undo cafe. [UNK] [SEP]");
  EXPECT_EQ(tokenizer.decode(e.ids, false), "[CLS] undo cafe. [MASK] [UNK] [SEP]");
  EXPECT_EQ(tokenizer.vocab_size(), 10);
  EXPECT_EQ(tokenizer.token_of(7), "");
  EXPECT_EQ(tokenizer.id_of("##do"), 5);
  EXPECT_EQ(tokenizer.id_of("do"), std::nullopt);
  EXPECT_EQ(tokenizer.mask_id(), 3);
  EXPECT_EQ(tokenizer.pad_id(), std::nullopt);
  EXPECT_EQ(tokenizer.file_max_length(), 7);
}

TEST(Tokenizer, CuttingKeepsTheSpecialTokensAndSaysSo) {
  const Tokenizer tokenizer = load(small_bert());
  const Encoding cut = tokenizer.encode("un. un. un.", {.max_length = 5});
  EXPECT_THAT(cut.ids, ElementsAre(1, 4, 9, 4, 2));
  EXPECT_TRUE(cut.truncated);
  EXPECT_FALSE(tokenizer.encode("un. un", {.max_length = 5}).truncated);
  EXPECT_THAT(tokenizer.encode("un", {.max_length = 2}).ids, ElementsAre(1, 2));
  EXPECT_THAT(tokenizer.encode("un. un.", {.add_special_tokens = false, .max_length = 3}).ids,
              ElementsAre(4, 9, 4));
}

TEST(Tokenizer, OfAPairTheLongerIsCutFirst) {
  const Tokenizer tokenizer = load(small_bert());
  const Encoding pair = tokenizer.encode_pair("un", "cafe.....", {.max_length = 7});
  EXPECT_THAT(pair.ids, ElementsAre(1, 4, 2, 6, 9, 9, 2));
  EXPECT_THAT(pair.type_ids, ElementsAre(0, 0, 0, 1, 1, 1, 1));
  EXPECT_THAT(pair.sequence, ElementsAre(0, 0, 0, 1, 1, 1, 0));
  EXPECT_THAT(pair.special, ElementsAre(1, 0, 1, 0, 0, 0, 1));
  EXPECT_TRUE(pair.truncated);
}

TEST(Tokenizer, ManyThreadsEncodeAlike) {
  const Tokenizer tokenizer = load(small_bert());
  const std::string text = "Undo the CAF\u00c9. undo [MASK] un.";
  const auto expected = tokenizer.encode(text).ids;
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) count += tokenizer.encode(text).ids == expected ? 0 : 1;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, ::testing::Each(0));
}

TEST(Tokenizer, TheFingerprintIsTheFilesHash) {
  TempFolder folder;
  std::ofstream(folder / "tokenizer.json") << small_bert();
  EXPECT_EQ(Tokenizer::load(folder.path()).fingerprint(), sha256_file(folder / "tokenizer.json"));
  EXPECT_EQ(Tokenizer::load(folder / "tokenizer.json").fingerprint(), sha256_file(folder / "tokenizer.json"));
}

TEST(Tokenizer, AFolderOfRobertaFilesIsRead) {
  TempFolder folder;
  std::ofstream(folder / "vocab.json") << nlohmann::json::parse(
      R"({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "\u0120": 6, "\u0120a": 7, "<mask>": 8})");
  std::ofstream(folder / "merges.txt") << "#version: 0.2\n\u0120 a\n";
  const Tokenizer tokenizer = Tokenizer::load(folder.path());
  const Encoding e = tokenizer.encode_pair("b a <mask>", "a");
  EXPECT_THAT(e.ids, ElementsAre(0, 5, 7, 8, 2, 2, 4, 2));
  EXPECT_THAT(e.bytes, ElementsAre(Pair(0, 0), Pair(0, 1), Pair(2, 3), Pair(4, 10), Pair(0, 0), Pair(0, 0),
                                   Pair(0, 1), Pair(0, 0)));
  EXPECT_EQ(tokenizer.cls_id(), 0);
  EXPECT_EQ(tokenizer.decode(e.ids, true), "b aa");
}

TEST(Tokenizer, CodePointsCountWhatBeginsBeforeAByte) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "a\u00e9\U0001f600";  // 3 characters in 7 bytes
  const CodePoints points(text);
  for (std::uint32_t i = 0; i < 100; ++i) {
    EXPECT_EQ(points.at_byte(7 * i), 3 * i);
    EXPECT_EQ(points.at_byte(7 * i + 1), 3 * i + 1);
    EXPECT_EQ(points.at_byte(7 * i + 3), 3 * i + 2);
  }
  EXPECT_EQ(points.at_byte(700), 300u);
  EXPECT_EQ(CodePoints("abc").at_byte(3), 3u);
}

TEST(TokenizerRefusals, TextThatIsNoUtf8NamesTheByte) {
  const Tokenizer tokenizer = load(small_bert());
  EXPECT_EQ(refusal([&] { tokenizer.encode("un\xff"); }), "byte 2 of the text is not UTF-8 (0xff)");
}

TEST(TokenizerRefusals, ALengthWithoutRoomForTheSpecialTokens) {
  const Tokenizer tokenizer = load(small_bert());
  EXPECT_EQ(refusal([&] { tokenizer.encode_pair("a", "b", {.max_length = 2}); }),
            "a length of at least 3 is needed for the special tokens, 2 was asked for");
}

TEST(TokenizerRefusals, AWordWithoutAnUnknownToken) {
  auto json = small_bert();
  json["model"]["unk_token"] = "<unk>";
  const Tokenizer tokenizer = load(json);
  EXPECT_EQ(refusal([&] { tokenizer.encode("zzz"); }),
            "the tokenizer's vocabulary has neither \"zzz\" nor its unknown-token \"<unk>\"");
}

TEST(TokenizerRefusals, BrokenPartsOfSentencepieceModelsInAFile) {
  auto json = small_bert();
  json["normalizer"] = {{"type", "Precompiled"}, {"precompiled_charsmap", ""}};
  EXPECT_THAT(load_refusal(json),
              EndsWith("tokenizer.json: $.normalizer.precompiled_charsmap: a character map of 0 "
                       "bytes whose trie would have 0"));
  json["normalizer"]["precompiled_charsmap"] = "a*b";
  EXPECT_THAT(load_refusal(json), EndsWith("precompiled_charsmap: no base64: \"*\""));
  json = small_bert();
  json["model"] = {{"type", "Unigram"},
                   {"vocab", nlohmann::json::array({nlohmann::json::array({"a", -1.0})})},
                   {"unk_id", 1}};
  EXPECT_THAT(load_refusal(json), EndsWith("tokenizer.json: $.model: unk_id 1 of a vocabulary of 1"));
  json["model"] = {{"type", "Unigram"}, {"vocab", nlohmann::json::array({nlohmann::json::array({"a"})})}};
  EXPECT_THAT(load_refusal(json),
              EndsWith("$.model.vocab[0]: a piece and its score are expected, 1 were found"));
  json["model"] = {{"type", "Trigram"}, {"vocab", nlohmann::json::array()}};
  EXPECT_THAT(load_refusal(json),
              EndsWith("there is no model \"Trigram\"; supported are BPE, Unigram, WordLevel, WordPiece"));
}

TEST(TokenizerRefusals, ABrokenFileIsSaidWithItsPlace) {
  auto json = small_bert();
  json["model"]["vocab"]["un"] = "four";
  EXPECT_THAT(load_refusal(json), EndsWith("tokenizer.json: $.model.vocab.un: a whole number of 0 or more is "
                                           "expected, \"four\" was found"));
  json = small_bert();
  json["pre_tokenizer"]["type"] = "Bart";
  EXPECT_THAT(
      load_refusal(json),
      HasSubstr("tokenizer.json: $.pre_tokenizer.type: there is no pre-tokenizer \"Bart\"; supported are "));
  json = small_bert();
  json["normalizer"].erase("lowercase");
  EXPECT_THAT(load_refusal(json), EndsWith("tokenizer.json: $.normalizer: \"lowercase\" is missing"));
  json = small_bert();
  json["added_tokens"][0]["content"] = 7;
  EXPECT_THAT(load_refusal(json),
              EndsWith("tokenizer.json: $.added_tokens[0].content: a string is expected, 7 was found"));
  json = small_bert();
  json["pre_tokenizer"] = {
      {"type", "Split"}, {"pattern", {{"Regex", "(a"}}}, {"behavior", "Isolated"}, {"invert", false}};
  EXPECT_THAT(load_refusal(json),
              HasSubstr("tokenizer.json: $.pre_tokenizer.pattern.Regex: the expression \"(a\""));
  json = small_bert();
  json["model"] = {{"type", "BPE"}, {"vocab", {{"a", 0}}}, {"merges", {"a b"}}};
  EXPECT_THAT(load_refusal(json),
              EndsWith("tokenizer.json: $.model.merges: merge 0 (\"a\" and \"b\"): \"b\" is not "
                       "in the vocabulary"));
  json["model"]["merges"] = {"ab"};
  EXPECT_THAT(load_refusal(json),
              EndsWith("tokenizer.json: $.model.merges[0]: two parts with a space between are "
                       "expected, \"ab\" was found"));
  TempFolder folder;
  std::ofstream(folder / "tokenizer.json") << small_bert().dump().substr(0, 100);
  EXPECT_THAT(refusal([&] { Tokenizer::load(folder.path()); }),
              EndsWith("tokenizer.json: no JSON at byte 101 of 100; is the file complete?"));
}

TEST(TokenizerRefusals, AFolderWithoutATokenizer) {
  TempFolder folder;
  EXPECT_EQ(refusal([&] { Tokenizer::load(folder.path()); }),
            folder.path().string() +
                ": no tokenizer.json, nor vocab.txt, nor vocab.json with merges.txt, nor a "
                "sentencepiece model (tokenizer.model, spiece.model, "
                "sentencepiece.bpe.model, spm.model, source.spm)");
  EXPECT_EQ(refusal([&] { Tokenizer::load(folder / "none.json"); }),
            (folder / "none.json").string() + ": there is no such file or folder");
}

}  // namespace
}  // namespace neurox::text
