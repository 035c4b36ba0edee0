#include "neurox/label/tree_features.h"

#include <gmock/gmock.h>

#include <cmath>

#include "label/small_words.h"

namespace neurox::label {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;
using testing::TempFolder;

// The keys to the cabinet are here: `are` agrees with keys, past the attractor cabinet.
Words keys() {
  const TempFolder folder;
  return small_words(
      folder, "a.conllu",
      word_line(1, "The", "DET", "", 2, "det") + word_line(2, "keys", "NOUN", "Plur", 7, "nsubj") +
          word_line(3, "to", "ADP", "", 5, "case") + word_line(4, "the", "DET", "", 5, "det") +
          word_line(5, "cabinet", "NOUN", "Sing", 2, "nmod") + word_line(6, "are", "AUX", "Plur", 7, "cop") +
          word_line(7, "here", "ADV", "", 0, "root") + "\n");
}

TEST(TreeFeatures, DepthCountsArcsToTheRoot) {
  EXPECT_THAT(numbers_of(depth(keys())), ElementsAre(2, 1, 3, 3, 2, 1, 0));
}
TEST(TreeFeatures, TheVerbHasTheNumberOfItsSubject) {
  EXPECT_THAT(classes_of(subject_number(keys())), ElementsAre("", "", "", "", "", "Plur", ""));
  EXPECT_THAT(classes_of(agreement(keys())), ElementsAre("", "", "", "", "", "agrees", ""));
  EXPECT_EQ(numbers_of(attractors(keys()))[5], 1);
  EXPECT_TRUE(std::isnan(numbers_of(attractors(keys()))[6]));
}
TEST(TreeFeatures, JoinedSubjectsArePluralAndAMismatchDiffers) {
  const TempFolder folder;
  const Words words = small_words(folder, "a.conllu",
                                  word_line(1, "Ann", "PROPN", "Sing", 4, "nsubj") +
                                      word_line(2, "and", "CCONJ", "", 3, "cc") +
                                      word_line(3, "Bob", "PROPN", "Sing", 1, "conj") +
                                      word_line(4, "sleeps", "VERB", "Sing", 0, "root") + "\n");
  EXPECT_THAT(classes_of(subject_number(words)), ElementsAre("", "", "", "Plur"));
  EXPECT_THAT(classes_of(agreement(words)), ElementsAre("", "", "", "differs"));
}
TEST(TreeFeatures, ANounAsPredicateAndAVerbWithoutNumberSayNothing) {
  const TempFolder folder;
  const Words words = small_words(
      folder, "a.conllu",
      word_line(1, "She", "PRON", "Sing", 2, "nsubj") + word_line(2, "doctor", "NOUN", "Sing", 0, "root") +
          "\n" + word_line(1, "She", "PRON", "Sing", 3, "nsubj") + word_line(2, "will", "AUX", "", 3, "aux") +
          word_line(3, "go", "VERB", "", 0, "root") + "\n");
  EXPECT_THAT(classes_of(subject_number(words)), ElementsAre("", "", "", "", ""));
}
TEST(TreeFeatures, HeadsInACircleOrOutsideAreRefusedWithTheirWord) {
  const TempFolder folder;
  const Words circle = small_words(
      folder, "a.conllu", word_line(1, "a", "X", "", 2, "dep") + word_line(2, "b", "X", "", 1, "dep") + "\n");
  EXPECT_THAT(refusal([&] { depth(circle); }),
              HasSubstr("heads of sentence 0 run in a circle at word 1 'a'"));
  const Words outside = small_words(folder, "b.conllu", word_line(1, "a", "X", "", 5, "dep") + "\n");
  EXPECT_THAT(refusal([&] { depth(outside); }),
              HasSubstr("head '5' of word 1 'a' of sentence 0, which has 1 words"));
}

}  // namespace
}  // namespace neurox::label
