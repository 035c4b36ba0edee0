#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "neurox/text/sentencepiece_model.h"
#include "neurox/text/tokenizer.h"
#include "support.h"

/// Tokenizers of models with a decoder: a pair is a source and its target.
namespace neurox::text {
namespace {

using neurox::testing::refusal, neurox::testing::TempFolder, neurox::testing::write_text;

std::filesystem::path spiece_of(const std::string& family) {
  return std::filesystem::path(NEUROX_TESTDATA) / "tokenizers" / "sentencepiece" / family / "spiece.model";
}

/// Marian's folder: the pieces of T5's model numbered from the end, without the piece `without`; XLNet's for
/// the target.
class MarianFolder : public TempFolder {
 public:
  explicit MarianFolder(const std::string& without) {
    std::filesystem::copy_file(spiece_of("t5"), *this / "source.spm");
    std::filesystem::copy_file(spiece_of("xlnet"), *this / "target.spm");
    nlohmann::json vocabulary{{"</s>", 0}, {"<unk>", 1}};
    std::int32_t id = 2;
    for (const char* family : {"t5", "xlnet"}) {
      const auto pieces = SentencePieceModel::load(spiece_of(family)).pieces;
      for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece)
        if (piece->text != without && !vocabulary.contains(piece->text)) vocabulary[piece->text] = id++;
    }
    if (!vocabulary.contains("<pad>")) vocabulary["<pad>"] = id;
    write_text(*this / "vocab.json", vocabulary.dump());
    write_text(*this / "config.json",
               R"({"model_type": "marian", "is_encoder_decoder": true, "decoder_start_token_id": )" +
                   vocabulary["<pad>"].dump() + "}");
  }
};

TEST(TargetSide, MariansPiecesAreSentencepiecesWithTheVocabularysIds) {
  const std::string text = "the people of the town";
  TempFolder plain;
  std::filesystem::copy_file(spiece_of("t5"), plain / "spiece.model");
  write_text(plain / "config.json", R"({"model_type": "t5"})");
  const Encoding expected = Tokenizer::load(plain.path()).encode(text);
  const MarianFolder folder("");
  const Tokenizer marian = Tokenizer::load(folder.path());
  const Encoding found = marian.encode(text);
  EXPECT_EQ(found.tokens, expected.tokens);
  EXPECT_EQ(found.bytes, expected.bytes);
  EXPECT_NE(found.ids, expected.ids);
  EXPECT_EQ(found.ids.back(), 0) << "</s>";
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(marian.token_of(found.ids[i]), found.tokens[i]);
  // A piece that the vocabulary lacks is unknown, and its neighbours stay what they are.
  const MarianFolder lacking(expected.tokens[0]);
  const Encoding unknown = Tokenizer::load(lacking.path()).encode(text);
  ASSERT_EQ(unknown.size(), found.size());
  EXPECT_EQ(unknown.ids[0], 1);
  EXPECT_EQ(unknown.tokens[1], found.tokens[1]);
}

TEST(TargetSide, APairIsTheSourceTheStartAndTheTargetEachAsAlone) {
  const MarianFolder folder("");
  const Tokenizer marian = Tokenizer::load(folder.path());
  const std::string source = "the town", target = "of the people";
  const Encoding pair = marian.encode_pair(source, target), first = marian.encode(source),
                 second = marian.encode_target(target);
  const std::size_t n = first.size();
  ASSERT_EQ(pair.size(), n + 1 + second.size());
  EXPECT_EQ(pair.ids[n], *marian.decoder_start());
  for (std::size_t i = 0; i < pair.size(); ++i) {
    EXPECT_EQ(pair.type_ids[i], i < n ? 0 : 1);
    EXPECT_EQ(pair.special[i], i + 1 == n || i == n || i + 1 == pair.size() ? 1 : 0) << i;
    if (i != n) {
      EXPECT_EQ(pair.ids[i], i < n ? first.ids[i] : second.ids[i - n - 1]);
    }
  }
  EXPECT_EQ(marian.decode(second.ids, true), target);
  const Encoding cut = marian.encode_pair(source, target, {.max_length = 3});
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(cut.size(), 6U) << "each side is cut by itself, the start counted";
}

TEST(TargetSide, AVocabularyWithoutAnEndIsRefused) {
  const MarianFolder folder("");
  write_text(folder / "vocab.json", R"({"a": 0, "<unk>": 1, "<pad>": 2})");
  EXPECT_EQ(refusal([&] { Tokenizer::load(folder.path()); }),
            (folder / "vocab.json").string() + ": no token </s>");
}

TEST(TargetSide, WithoutADecoderAPairIsWhatTheTemplateSays) {
  TempFolder folder;
  std::filesystem::copy_file(spiece_of("t5"), folder / "spiece.model");
  write_text(folder / "config.json", R"({"model_type": "t5"})");
  const Tokenizer t5 = Tokenizer::load(folder.path());
  EXPECT_FALSE(t5.decoder_start());
  EXPECT_EQ(t5.encode_pair("a", "b").type_ids.back(), 0);
}

}  // namespace
}  // namespace neurox::text
