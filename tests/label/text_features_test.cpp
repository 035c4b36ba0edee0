#include "neurox/label/text_features.h"

#include <gmock/gmock.h>

#include <cmath>

#include "label/small_words.h"
#include "neurox/label/features.h"

namespace neurox::label {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(TextFeatures, PlacesAndLengthsAreCountedInTheSentence) {
  const Words words = plain_words("One caf\xC3\xA9 !\nGo\n");
  EXPECT_THAT(numbers_of(from_end(words)), ElementsAre(2, 1, 0, 0));
  EXPECT_THAT(numbers_of(sentence_length(words)), ElementsAre(3, 3, 3, 1));
  EXPECT_THAT(classes_of(edge(words)), ElementsAre("first", "middle", "last", "only"));
  EXPECT_THAT(numbers_of(length(words)), ElementsAre(3, 4, 1, 2));
}
TEST(TextFeatures, TheLinePositionCountsFromTheLastLineBreak) {
  Words words = plain_words("a b c d e\nf\n");  // two texts
  words.text[2] = "\n";
  EXPECT_THAT(numbers_of(line_position(words)), ElementsAre(0, 1, 2, 0, 1, 0));
}
TEST(TextFeatures, CapitalsLookAtCasedLettersAlone) {
  const Words words = plain_words("I USA McCoy word U.S. O'Brien 42 Word's \xC3\x89t\xC3\xA9 iPhone\n");
  EXPECT_THAT(classes_of(capitals(words)), ElementsAre("initial", "upper", "mixed", "lower", "upper", "mixed",
                                                       "none", "initial", "initial", "mixed"));
}
TEST(TextFeatures, FrequencyFoldsCaseAndItsSumOfReciprocalsIsTheNumberOfTypes) {
  const Words words = plain_words("The cat the dog\nTHE end\n");
  EXPECT_THAT(numbers_of(frequency(words)), ElementsAre(3, 1, 3, 1, 3, 1));
  EXPECT_THAT(classes_of(frequency_bin(words)), ElementsAre("2-9", "1", "2-9", "1", "2-9", "1"));
  double types = 0;
  for (const double n : numbers_of(frequency(words))) types += 1 / n;
  EXPECT_NEAR(types, 4, 1e-12);
  EXPECT_THAT(numbers_of(log_frequency(words))[0], DoubleNear(std::log(3.0), 1e-15));
}
TEST(TextFeatures, AWordIsQuotedBetweenAMarkAndItsPartner) {
  const auto quoted_words = [](const std::string& text) {
    std::string out;
    const std::vector<std::string> classes = classes_of(quoted(plain_words(text + "\n")));
    for (const std::string& c : classes) out += c == "quoted" ? 'q' : '-';
    return out;
  };
  EXPECT_EQ(quoted_words("He said \" go home \" now"), "---qq--");
  EXPECT_EQ(quoted_words("He said \"go home\" now"), "--qq-");
  EXPECT_EQ(quoted_words("a `` b '' c"), "--q--");
  EXPECT_EQ(quoted_words("\u201Ea b\u201C c \u00ABd\u00BB \u201Ce\u201D"), "qq-qq");
  EXPECT_EQ(quoted_words("an inch is 1\" long"), "-----");    // no partner
  EXPECT_EQ(quoted_words("\u201Ca \u201Cb\u201D c"), "-q-");  // the inner pair alone
}
TEST(TextFeatures, BracketsNestAndStraysEncloseNothing) {
  EXPECT_THAT(classes_of(bracketed(plain_words("a ( b [ c ] ) :) d -LRB- e -RRB-\n"))),
              ElementsAre("other", "other", "bracketed", "other", "bracketed", "other", "other", "other",
                          "other", "other", "bracketed", "other"));
}
TEST(TextFeatures, EachOneOfTheTableIsCalledAsItsColumnAndSaysWhyItIsMissing) {
  const Words words = plain_words("Two words\n");
  int computed = 0;
  for (const Feature& feature : features()) {
    if (const std::string why = feature.missing(words, {}); !why.empty()) continue;
    EXPECT_EQ(feature.compute(words, {}).name, feature.name);
    ++computed;
  }
  EXPECT_EQ(computed, 11);
  EXPECT_EQ(find_feature("depth")->missing(words, {}), "there is no column head (CoNLL-U)");
  EXPECT_EQ(find_feature("supersense")->missing(words, {}), "there is no part of speech (upos, xpos or pos)");
  const testing::TempFolder folder;
  EXPECT_EQ(find_feature("edge")->missing(small_words(folder, "a.txt", "A b\n", Unit::Sentence), {}),
            "rows are sentences");
}

}  // namespace
}  // namespace neurox::label
