#include "neurox/report/sentence_context.h"

#include <gmock/gmock.h>

#include "neurox/report/shade.h"
#include "support.h"

namespace neurox {
namespace {

std::string joined(const Context& c) {
  std::string out;
  for (const ShadedPiece& p : c.pieces) out += p.focus ? "[" + p.text + "]" : p.text;
  return out;
}

TEST(SentenceContext, PlacesAreCodePointsAndTheTextBetweenStays) {
  const std::vector<TokenPlace> tokens{{1, 3, ""}, {4, 7, ""}};
  const std::vector<float> values{1, 2};
  const Context c = sentence_context("„äö cat!", tokens, values, 1, 10);
  EXPECT_EQ(joined(c), "„äö [cat]!");
  EXPECT_FALSE(c.cut);
  EXPECT_EQ(c.value, 2);
  EXPECT_FALSE(c.pieces[0].token);
  EXPECT_EQ(c.pieces[1].text, "äö");
}

TEST(SentenceContext, ALongSentenceIsCutAroundItsFocus) {
  const std::vector<TokenPlace> tokens{{0, 1, ""}, {2, 3, ""}, {4, 5, ""}, {6, 7, ""}, {8, 9, ""}};
  const std::vector<float> values(5);
  EXPECT_EQ(joined(sentence_context("a b c d e", tokens, values, 2, 3)), "… b [c] d …");
  EXPECT_EQ(joined(sentence_context("a b c d e", tokens, values, 0, 3)), "[a] b c …");
  EXPECT_EQ(joined(sentence_context("a b c d e", tokens, values, 4, 3)), "… c d [e]");
  EXPECT_TRUE(sentence_context("a b c d e", tokens, values, 4, 3).cut);
}

TEST(SentenceContext, PlacesThatDoNotFitFallBackToTheTokens) {
  const std::vector<TokenPlace> past{{0, 3, "the"}, {4, 99, "cat"}}, back{{4, 7, "cat"}, {0, 3, "the"}},
      none{{-1, -1, "x"}, {-1, -1, "y"}};
  const std::vector<float> values{1, 2};
  EXPECT_EQ(joined(sentence_context("the cat", past, values, 0, 9)), "[the] cat");
  EXPECT_EQ(joined(sentence_context("the cat", back, values, 0, 9)), "[cat] the");
  EXPECT_EQ(joined(sentence_context("", none, values, 1, 9)), "x [y]");
}

TEST(Shade, LevelsBeginAtTheirStandardDeviations) {
  Statistics s;
  s.mean = 10, s.variance = 4;
  EXPECT_EQ(shade_level(10.9, s), 0);
  EXPECT_EQ(shade_level(11, s), 1);
  EXPECT_EQ(shade_level(12, s), 2);
  EXPECT_EQ(shade_level(18, s), 5);
  EXPECT_EQ(shade_level(8, s), -2);
  s.variance = 0;
  EXPECT_EQ(shade_level(11, s), 0);
}

}  // namespace
}  // namespace neurox
