#include "neurox/text/languages.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "neurox/text/tokenizer.h"
#include "support.h"

/// Tokenizers that mark languages (scripts/fixtures/language_tokenizers.py).
namespace neurox::text {
namespace {

using ::testing::HasSubstr;

std::filesystem::path of_class(const std::string& name) {
  return std::filesystem::path(NEUROX_TESTDATA) / "tokenizers" / "languages" / name;
}

TEST(Languages, SourceAndTargetAreMarkedAsTransformersMarksThem) {
  const auto cases = nlohmann::json::parse(std::ifstream(of_class("cases.json")));
  ASSERT_EQ(cases.size(), 40U);
  for (const auto& c : cases) {
    SCOPED_TRACE(c.dump());
    const Tokenizer tokenizer = Tokenizer::load(of_class(c["folder"]), {c["source"], c["target"]});
    const auto ids = c["ids"].get<std::vector<std::int32_t>>(),
               decoder = c["decoder"].get<std::vector<std::int32_t>>();
    const std::string text = c["text"];
    EXPECT_EQ(tokenizer.encode(text).ids, ids);
    const Encoding pair = tokenizer.encode_pair(text, text);
    EXPECT_EQ(std::vector(pair.ids.begin(), pair.ids.begin() + static_cast<std::ptrdiff_t>(ids.size())), ids);
    EXPECT_EQ(std::vector(pair.ids.begin() + static_cast<std::ptrdiff_t>(ids.size()), pair.ids.end()),
              decoder);
    for (std::size_t i = 0; i < pair.size(); ++i)
      EXPECT_EQ(pair.special[i] == 1,
                tokenizer.is_special(pair.ids[i]) && tokenizer.id_of("<unk>") != pair.ids[i])
          << i;
    // Written first: by MBart's the decoder begins with it.
    if (c["folder"] == "mbart") {
      EXPECT_EQ(tokenizer.decoder_start(), c["language"].get<std::int32_t>());
      EXPECT_EQ(tokenizer.target_language(), std::nullopt);
    } else {
      EXPECT_EQ(tokenizer.decoder_start(), 2);
      EXPECT_EQ(tokenizer.target_language(), c["language"].get<std::int32_t>());
    }
  }
}

TEST(Languages, WithoutAnyTheFolderSays) {
  const Tokenizer plain = Tokenizer::load(of_class("nllb")),
                  asked = Tokenizer::load(of_class("nllb"), {"eng_Latn", "deu_Latn"});
  EXPECT_EQ(plain.encode_pair("a", "the").ids, asked.encode_pair("a", "the").ids)
      << "src_lang and tgt_lang of the file";
  EXPECT_EQ(plain.target_language(), std::nullopt);
  EXPECT_NE(plain.fingerprint(), asked.fingerprint());
}

std::string loading(const std::filesystem::path& folder, const Languages& languages) {
  return neurox::testing::refusal([&] { Tokenizer::load(folder, languages); });
}

TEST(Languages, RefusesThoseThatAreNotThere) {
  EXPECT_THAT(loading(of_class("mbart50"), {"de_DF", ""}),
              HasSubstr("the tokenizer knows no language 'de_DF'; did you mean 'de_DE'?"));
  EXPECT_THAT(loading(of_class("nllb"), {"", "klingon"}),
              HasSubstr("it has 202 others, ace_Arab among them"));
  EXPECT_THAT(loading(of_class("nllb"), {"<s>", ""}), HasSubstr("knows no language '<s>'"));
  const auto pairs = std::filesystem::path(NEUROX_TESTDATA) / "tokenizers" / "sentencepiece";
  EXPECT_THAT(loading(pairs / "xlnet", {"de", ""}), HasSubstr("which this is no model of"));
  const neurox::testing::TempFolder t5;
  std::filesystem::copy_file(pairs / "t5" / "spiece.model", t5 / "spiece.model");
  neurox::testing::write_text(
      t5 / "config.json", R"({"model_type": "t5", "is_encoder_decoder": true, "decoder_start_token_id": 0})");
  EXPECT_THAT(loading(t5.path(), {"", "de"}),
              HasSubstr("its tokenizer marks no languages, but 'de' was asked for"));
}

}  // namespace
}  // namespace neurox::text
