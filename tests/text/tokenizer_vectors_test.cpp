#include <gtest/gtest.h>

#include "neurox/text/tokenizer.h"
#include "support.h"

/// Words of text files of word vectors.
namespace neurox::text {
namespace {

using neurox::testing::TempFolder, neurox::testing::write_text;

TEST(TokenizerOfVectors, WordsAreFoundByTheirOwnListAndOthersAreUnknown) {
  const TempFolder folder;
  write_text(folder / "glove.txt", "the 0.5 -1 2e-3\nfilm 1 2 3\n. . . 4 5 6\n");
  const auto tokenizer = Tokenizer::load_beside(folder / "glove.txt");
  EXPECT_EQ(tokenizer.encode("The film, the end").ids, (std::vector<std::int32_t>{0, 1, 3, 0, 3}));
  EXPECT_EQ(tokenizer.unk_id(), 3);
  EXPECT_EQ(tokenizer.vocab_size(), 4);
  // A list with capitals keeps them; one with its own unknown word has it.
  write_text(folder / "cased.vec", "The 1 2\n<unk> 3 4\nthe 5 6\nThe 7 8\n");
  const auto cased = Tokenizer::load_beside(folder / "cased.vec");
  EXPECT_EQ(cased.encode("The the THE").ids, (std::vector<std::int32_t>{0, 2, 1}));
  EXPECT_EQ(cased.unk_id(), 1);
}

}  // namespace
}  // namespace neurox::text
