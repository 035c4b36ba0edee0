#include "neurox/ablate/bleu.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support.h"

namespace neurox::ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string>& texts() {
  static const std::vector<std::string> list{"The cat sat on the mat, didn't it?",
                                             "It cost $3,500.50 -- or 2-3% more (maybe).",
                                             "zu Hause ist's am schönsten…",
                                             "the the the the",
                                             "A",
                                             "Hello &quot;world&quot; &amp; co.",
                                             "2019- 2020, 7.5.1"};
  return list;
}
const std::vector<std::string>& references() {
  static const std::vector<std::string> list{"The cat sat on a mat, did it not?",
                                             "It cost $3,500.50 - or 2 - 3% more, perhaps.",
                                             "Zu Hause ist es am schönsten …",
                                             "the cat is here",
                                             "A b",
                                             "Hello \"world\" and co.",
                                             "2019 - 2020, 7.5.1"};
  return list;
}
std::vector<std::vector<std::string>> one_each(const std::vector<std::string>& list) {
  std::vector<std::vector<std::string>> out;
  for (const std::string& s : list) out.push_back({s});
  return out;
}

TEST(Bleu, TokensAreThoseOfMteval13a) {
  EXPECT_THAT(tokens_13a(texts()[0]),
              ElementsAre("The", "cat", "sat", "on", "the", "mat", ",", "didn't", "it", "?"));
  EXPECT_THAT(tokens_13a(texts()[1]), ElementsAre("It", "cost", "$", "3,500.50", "--", "or", "2", "-", "3",
                                                  "%", "more", "(", "maybe", ")", "."));
  EXPECT_THAT(tokens_13a(texts()[5]), ElementsAre("Hello", "\"", "world", "\"", "&", "co", "."));
  EXPECT_THAT(tokens_13a(texts()[6]), ElementsAre("2019", "-", "2020", ",", "7.5.1"));
  EXPECT_THAT(tokens_13a("a\u00A0b\u3000c"), ElementsAre("a", "b", "c"));
}
TEST(Bleu, ByHand) {
  // 3 of 4 words, 1 of 3 pairs, then halves and quarters of a match: (3/4 1/3 1/(2*2) 1/(4*1))^(1/4), and one
  // word too few: exp(1 - 5/4).
  const double expected = 100 * std::pow(0.75 / 3 / 4 / 4, 0.25) * std::exp(-0.25);
  EXPECT_NEAR(corpus_bleu(std::vector<std::string>{"a b x c"}, one_each({"a b c y z"})), expected, 1e-9);
}
TEST(Bleu, EqualsSacrebleu) {
  // sacrebleu 2.6.0: BLEU(), CHRF(), sentence_bleu
  EXPECT_NEAR(corpus_bleu(texts(), one_each(references())), 41.82788826466766, 1e-9);
  EXPECT_NEAR(chrf(texts(), references()), 62.14317244273704, 1e-9);
  const double single[] = {30.37441422076457,
                           50.389204852596336,
                           8.51528917838043,
                           15.97357760615681,
                           36.78794411714425,
                           48.892302243490086,
                           100};
  for (std::size_t i = 0; i < 7; ++i)
    EXPECT_NEAR(sentence_bleu(texts()[i], {references()[i]}), single[i], 1e-9) << texts()[i];
  const std::vector<std::vector<std::string>> several{{references()[0], "the cat was on the mat."},
                                                      {references()[1], "It cost $3,500.50 or more."}};
  EXPECT_NEAR(corpus_bleu(std::span(texts()).first(2), several), 48.40970667741666, 1e-9);
  EXPECT_NEAR(self_bleu(std::vector<std::string>{"the cat sat on the mat", "the cat sat on a mat today",
                                                 "dogs run fast", "the dogs sat on the mat"}),
              50.047253250113215, 1e-9);
}
TEST(Bleu, TheSameTextScoresHundredAndNothingInCommonZero) {
  EXPECT_NEAR(corpus_bleu(references(), one_each(references())), 100, 1e-9);
  EXPECT_NEAR(chrf(references(), references()), 100, 1e-9);
  EXPECT_DOUBLE_EQ(corpus_bleu(std::vector<std::string>{"x y"}, one_each({"a b"})), 0);
  EXPECT_DOUBLE_EQ(chrf(std::vector<std::string>{"x"}, std::vector<std::string>{"a"}), 0);
}
TEST(Bleu, OtherNumbersOfReferencesAreRefused) {
  const std::vector<std::string> one{"a"}, two{"a", "b"};
  EXPECT_THAT(testing::refusal([&] { corpus_bleu(one, one_each(two)); }),
              HasSubstr("1 texts but 2 references"));
  EXPECT_THAT(testing::refusal([&] { chrf(two, one); }), HasSubstr("2 texts but 1 references"));
}
TEST(Repetition, DistinctNgramsAreAShareOfAll) {
  EXPECT_DOUBLE_EQ(distinct_ngrams(std::vector<std::string>{"a b a b", "a c"}, 1), 3.0 / 6);
  EXPECT_DOUBLE_EQ(distinct_ngrams(std::vector<std::string>{"a b a b", "a c"}, 2), 3.0 / 4);
  EXPECT_TRUE(std::isnan(distinct_ngrams(std::vector<std::string>{"a"}, 2)));
  EXPECT_TRUE(std::isnan(self_bleu(std::vector<std::string>{"a"})));
}

}  // namespace
}  // namespace neurox::ablate
