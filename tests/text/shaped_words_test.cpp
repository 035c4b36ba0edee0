#include <gtest/gtest.h>

#include "neurox/text/tokenizer.h"
#include "support.h"

/// Lists of words with stand-ins for unknown ones.
namespace neurox::text {
namespace {

TEST(ShapedWords, UnknownWordsTakeTheStandInOfTheirLook) {
  const neurox::testing::TempFolder folder;
  neurox::testing::write_text(
      folder / "vocab.txt",
      "<pad>\nthe\n<unk:low:ing>\n<unk:low:ed>\n<unk:low>\n<unk:cap>\n<unk:num>\n<unk:sym>\n"
      "<unk:cap:ns>\nLondon\n");
  const Tokenizer t = Tokenizer::load_beside(folder / "model.ts");
  EXPECT_EQ(t.encode("the going jumped fox Paris 3rd %").ids,
            (std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7}));
  // Endings count only of longer words, in lower case.
  EXPECT_EQ(t.encode("ing ed SnorfiANS The").ids, (std::vector<std::int32_t>{4, 4, 8, 5}));
}
TEST(WordLists, CharactersAreWrittenWithNothingBetween) {
  const neurox::testing::TempFolder folder;
  neurox::testing::write_text(folder / "vocab.json", R"({"a": 0, " ": 1, "b": 2, "\n": 3})");
  const Tokenizer t = Tokenizer::load_beside(folder / "model.ts");
  const std::vector<std::int32_t> ids{0, 2, 1, 2, 3, 0};
  EXPECT_EQ(t.encode("ab b\na").ids, ids);
  EXPECT_EQ(t.decode(ids, false), "ab b\na");
}
TEST(ShapedWords, TheTaggersKnownSentenceHasItsKnownIds) {
  NEUROX_NEED(script, neurox::testing::shared("models/bilstm-pos-ewt/model.ts"));
  const Tokenizer t = Tokenizer::load_beside(script);
  EXPECT_EQ(t.encode("The quick brown fox jumped over 3 lazy Snorfians .").ids,
            (std::vector<std::int32_t>{3590, 8491, 4651, 1, 442, 7949, 833, 7186, 19, 614}));
}

}  // namespace
}  // namespace neurox::text
