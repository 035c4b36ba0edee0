#include "neurox/label/regex.h"

#include <gmock/gmock.h>

#include "label/small_words.h"
#include "neurox/label/sentence_labels.h"
#include "neurox/label/word_list.h"

namespace neurox::label {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;
using testing::TempFolder;
using testing::write_text;

TEST(Regex, IsSearchedUnlessItIsAnchored) {
  EXPECT_TRUE(Regex("ing").found_in("singer"));
  EXPECT_FALSE(Regex("ing$").found_in("singer"));
  EXPECT_TRUE(Regex("^(a|b)+$").found_in("abba"));
  EXPECT_FALSE(Regex("^the$").found_in("The"));
  EXPECT_TRUE(Regex("(?i)^the$").found_in("The"));
}
TEST(Regex, KnowsUnicode) {
  EXPECT_TRUE(Regex("^\\p{Lu}").found_in("\u00C9t\u00E9"));
  EXPECT_TRUE(Regex("^.$").found_in("\U0001F600"));
  EXPECT_EQ(lower_case("\u00C9T\u00C9"), "\u00E9t\u00E9");
}
TEST(Regex, GivesItsFirstGroupOrTheWholeMatch) {
  EXPECT_EQ(Regex("[a-z]+").first_match("1ab2"), "ab");
  EXPECT_EQ(Regex("doc-([0-9]+)").first_match("doc-12-3"), "12");
  EXPECT_EQ(Regex("x").first_match("abc"), "");
}
TEST(Regex, OneThatIsNoneIsRefusedWithIcusReason) {
  EXPECT_EQ(refusal([] { Regex("a["); }),
            "regular expression 'a[': U_REGEX_MISSING_CLOSE_BRACKET at character 2");
  EXPECT_EQ(refusal([] { Regex(""); }), "an empty regular expression matches everything");
}

TEST(WordList, PassesOverCommentsButNotOverHashtags) {
  const TempFolder folder;
  write_text(folder / "w.txt", ";;; header\n\n # a remark\n  good \n#tag\n");
  const WordList list((folder / "w.txt").string(), false);
  EXPECT_EQ(list.size(), 2U);
  EXPECT_TRUE(list.has("good"));
  EXPECT_TRUE(list.has("#tag"));
  EXPECT_FALSE(list.has("Good"));
}
TEST(WordList, ThatIsNotUtf8IsRefusedWithTheLine) {
  const TempFolder folder;
  write_text(folder / "w.txt", "good\nna\xEFve\n");
  EXPECT_THAT(refusal([&] { WordList((folder / "w.txt").string(), true); }),
              HasSubstr("w.txt:2: invalid UTF-8"));
}

TEST(SentenceLabels, AFileHasALineForEachSentence) {
  const TempFolder folder;
  const Words words = plain_words("a b\nc\n");
  write_text(folder / "l.txt", "yes\n\n");
  EXPECT_THAT(classes_of(sentence_label_file(words, "x", (folder / "l.txt").string())),
              ElementsAre("yes", "yes", ""));
  write_text(folder / "l.txt", "yes\nno\nno\n");
  EXPECT_THAT(refusal([&] { sentence_label_file(words, "x", (folder / "l.txt").string()); }),
              HasSubstr("l.txt: 3 lines, but"));
}
// A = {a, dog, runs}, B = {a, dog, sleeps, .}: 2 shared, 1 + 2 alone; Jaccard 2/5, share 2/3.
TEST(SentenceLabels, OverlapIsJaccardAndTheShareIsOfTheWordsOfOneTextAlone) {
  const TempFolder folder;
  const Words words =
      small_words(folder, "p.tsv", "premise\thypothesis\nA dog runs\ta dog sleeps .\nx\ty\n", Unit::Sentence);
  const std::vector<LabelSet> sets = pair_overlap(words);
  ASSERT_EQ(sets.size(), 3U);  // above .75 is none: left out
  EXPECT_THAT(numbers_of(sets[0]), ElementsAre(DoubleEq(0.4), DoubleEq(0)));
  EXPECT_EQ(sets[1].name, "overlap25");
  EXPECT_EQ(sets[2].name, "overlap50");
  EXPECT_THAT(classes_of(sets[2]), ElementsAre("overlap50", "other"));
}

}  // namespace
}  // namespace neurox::label
