#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cases.h"
#include "neurox/text/sentencepiece_model.h"
#include "neurox/text/word_model.h"
#include "support.h"

/// Unigram models, character maps and sentencepiece's own files.
namespace neurox::text {
namespace {

using neurox::testing::refusal, neurox::testing::TempFolder;

std::filesystem::path folder_of(const std::string& name) {
  return std::filesystem::path(NEUROX_TESTDATA) / "tokenizers" / "sentencepiece" / name;
}

TEST(SentencePiece, EveryFamilyEqualsTheReference) {
  const nlohmann::json all = testing::read_json(folder_of("cases.json"));
  for (const auto& [name, cases] : all.items())
    EXPECT_EQ(testing::compare_cases(Tokenizer::load(folder_of(name)), cases, name), 0);
}

TEST(SentencePiece, TheBestWayThroughAWordOnPaper) {
  // ab + c: -3, a + bc: -2.5, a + b + c: -4; x is unknown at -2 - 10, and xx one token.
  const auto model = make_unigram(
      {.pieces = {{"<unk>", 0}, {"a", -1}, {"b", -2}, {"c", -1}, {"ab", -2}, {"bc", -1.5}}, .unknown = 0});
  std::vector<WordToken> tokens;
  model->tokenize("abcxxa", tokens);
  ASSERT_EQ(tokens.size(), 4U);
  const std::vector<std::vector<std::uint32_t>> expected{{1, 0, 1}, {5, 1, 3}, {0, 3, 5}, {1, 5, 6}};
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ((std::vector<std::uint32_t>{static_cast<std::uint32_t>(tokens[i].id), tokens[i].begin,
                                          tokens[i].end}),
              expected[i]);
}

TEST(SentencePiece, WithoutAnUnknownTokenAnUnknownCharacterIsRefused) {
  const auto model = make_unigram({.pieces = {{"a", -1}}});
  std::vector<WordToken> tokens;
  EXPECT_EQ(refusal([&] { model->tokenize("ab", tokens); }),
            "the tokenizer's vocabulary has neither \"b\" nor an unknown-token");
}

TEST(GgufTokenizer, ReadsBothKinds) {
  const auto load = [](const char* name) {
    return Tokenizer::load(std::filesystem::path(NEUROX_TESTDATA) / "gguf" / name);
  };
  // Sentencepiece: a space in front, byte fallback, <s> first.
  const Encoding llama = load("llama-lm.gguf").encode("ab 7b");
  EXPECT_EQ(llama.tokens, (std::vector<std::string>{"<s>", "\u2581ab", "\u2581", "<0x37>", "b"}));
  // Byte-level: no token is added.
  const Encoding qwen = load("qwen2-lm.gguf").encode("ab abc</s>");
  EXPECT_EQ(qwen.tokens, (std::vector<std::string>{"ab", "\u0120ab", "c", "</s>"}));
  EXPECT_EQ(load("qwen2-lm.gguf").decode(qwen.ids, true), "ab abc");
  // Llama 3's: a token first, and a listed word as it is though no merges lead to it.
  const Encoding three = load("llama-tied-lm.gguf").encode("abcd abc");
  EXPECT_EQ(three.tokens, (std::vector<std::string>{"<s>", "abcd", "\u0120ab", "c"}));
}

TEST(GgufTokenizer, ItsSpecialTokensAreTheFilesAndNoNeighbours) {
  const TempFolder folder;
  const auto file = folder / "m.gguf";
  std::filesystem::copy_file(std::filesystem::path(NEUROX_TESTDATA) / "gguf" / "qwen2-lm.gguf", file);
  std::ofstream(folder / "tokenizer_config.json") << R"({"eos_token": "a", "pad_token": "b"})";
  const Tokenizer tokenizer = Tokenizer::load(file);
  EXPECT_EQ(tokenizer.eos_id(), 2);
  EXPECT_EQ(tokenizer.bos_id(), 1);
  EXPECT_EQ(tokenizer.pad_id(), std::nullopt);
}

TEST(SentencePiece, RefusesFilesThatItCannotUse) {
  const TempFolder folder;
  const auto file = folder / "spiece.model";
  const auto ask = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
    return refusal([&] { SentencePieceModel::load(file); });
  };
  const std::string place = file.string();
  EXPECT_EQ(ask("x"), place + ": no sentencepiece model (byte 1 of a message)");
  EXPECT_EQ(ask(""), place + ": a sentencepiece model without pieces");
  const std::string odd{
      "\x0a\x05\x0a\x01"
      "a"
      "\x18\x09",
      7};  // a piece "a" of type 9
  EXPECT_EQ(ask(odd), place +
                          ": piece 0 (\"a\") is of type 9; known are 1 normal, 2 unknown, 3 control, 4 user "
                          "defined, 5 unused, 6 byte");
  EXPECT_EQ(ask({"\x12\x02\x18\x03", 4}),
            place + ": a sentencepiece model of words is not supported, only unigram and BPE");
  std::filesystem::copy_file(folder_of("t5") / "spiece.model", file,
                             std::filesystem::copy_options::overwrite_existing);
  const std::string message = refusal([&] { Tokenizer::load(folder.path()); });
  EXPECT_EQ(message.find(place +
                         ": which special tokens a sentencepiece model has with model_type '' is not known; "
                         "known are albert, gemma"),
            0U)
      << message;
}

}  // namespace
}  // namespace neurox::text
