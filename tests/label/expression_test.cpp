#include "neurox/label/expression.h"

#include <gmock/gmock.h>

#include "label/small_words.h"
#include "neurox/label/where.h"

namespace neurox::label {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;

// row:      0      1      2      3
// upos:     NOUN   NOUN   VERB   (none)
// number:   Sing   Plur   Sing   (none)
// length:   3      7      7      1
class ExpressionOnFourWords : public ::testing::Test {
 protected:
  ExpressionOnFourWords() {
    table_.add("upos", io::categorical({"NOUN", "NOUN", "VERB", ""}));
    table_.add("feats.Number", io::categorical({"Sing", "Plur", "Sing", ""}));
    table_.add("length", std::vector<double>{3, 7, 7, 1});
    table_.add("head", io::categorical({"2", "0", "10", ""}));
    table_.add("negation", io::categorical({"other", "negation", "other", "other"}));
  }
  std::vector<bool> holds(const std::string& text) const {
    return Expression(text).holds([this](const std::string& name) { return table_.find(name); }, 4, "t",
                                  {"upos"});
  }
  io::Table table_;
};

TEST_F(ExpressionOnFourWords, TestsOneColumn) {
  EXPECT_THAT(holds("upos=NOUN"), ElementsAre(true, true, false, false));
  EXPECT_THAT(holds("upos != NOUN"), ElementsAre(false, false, true, true));
  EXPECT_THAT(holds("upos in {NOUN, VERB}"), ElementsAre(true, true, true, false));
  EXPECT_THAT(holds("length>3"), ElementsAre(false, true, true, false));
  EXPECT_THAT(holds("length <= 3"), ElementsAre(true, false, false, true));
  EXPECT_THAT(holds("length=7"), ElementsAre(false, true, true, false));
  EXPECT_THAT(holds("head >= 2"), ElementsAre(true, false, true, false));
  EXPECT_THAT(holds("negation"), ElementsAre(false, true, false, false));
}
TEST_F(ExpressionOnFourWords, JoinsTestsAndBindsTighterThanOr) {
  EXPECT_THAT(holds("upos=NOUN and not (feats.Number=Plur or length>5)"),
              ElementsAre(true, false, false, false));
  EXPECT_THAT(holds("upos=VERB or upos=NOUN and length>5"), ElementsAre(false, true, true, false));
  EXPECT_THAT(holds("(upos=VERB or upos=NOUN) and length>5"), ElementsAre(false, true, true, false));
  EXPECT_THAT(holds("not not upos=VERB"), ElementsAre(false, false, true, false));
}
TEST_F(ExpressionOnFourWords, KeepsDeMorgansLaws) {
  const std::string a = "upos=NOUN", b = "length>5";
  EXPECT_EQ(holds("not (" + a + " and " + b + ")"), holds("not " + a + " or not " + b));
  EXPECT_EQ(holds("not (" + a + " or " + b + ")"), holds("not " + a + " and not " + b));
}
TEST_F(ExpressionOnFourWords, QuotedNamesAndValuesAreNoKeywordsOrSigns) {
  table_.add("odd column", io::categorical({"and", "(", "a b", "or"}));
  EXPECT_THAT(holds("'odd column'=\"and\" or 'odd column'='('"), ElementsAre(true, true, false, false));
  EXPECT_THAT(holds("'odd column'='a b'"), ElementsAre(false, false, true, false));
}
TEST_F(ExpressionOnFourWords, SaysWhereItIsNotUnderstood) {
  EXPECT_EQ(refusal([&] { holds("upos="); }), "condition 'upos=': ends where a value should stand");
  EXPECT_EQ(
      refusal([&] { holds("upos=NOUN length>3"); }),
      "condition 'upos=NOUN length>3': 'length' at character 11 where 'and', 'or' or the end should stand");
  EXPECT_EQ(refusal([&] { holds("(upos=NOUN"); }), "condition '(upos=NOUN': ends where ')' should stand");
  EXPECT_EQ(refusal([&] { holds("upos='NOUN"); }),
            "condition 'upos='NOUN': the quote at character 6 is never closed");
  EXPECT_EQ(refusal([&] { holds("length > five"); }),
            "condition 'length > five': 'five' at character 10 where a number should stand");
  EXPECT_EQ(refusal([&] { holds("and"); }),
            "condition 'and': 'and' at character 1 where a column should stand");
  EXPECT_EQ(refusal([&] { holds(""); }), "condition '': ends where a column should stand");
}
TEST_F(ExpressionOnFourWords, RefusesColumnsThatAreNotThereOrOfAnotherKind) {
  EXPECT_EQ(refusal([&] { holds("upso=NOUN"); }), "t: no column 'upso' (did you mean 'upos'?); it has upos");
  EXPECT_EQ(refusal([&] { holds("upos>3"); }),
            "t: 'upos' holds text ('NOUN'): it is not less or greater than a number");
  EXPECT_EQ(refusal([&] { holds("length=NOUN"); }), "t: 'length' holds numbers, and 'NOUN' is none");
}

TEST(Where, FeaturesOfTheTextAndEarlierConceptsCanBeNamed) {
  const Words words = plain_words("not a word\nnever mind\n");
  Columns columns(words, {});
  columns.add(columns.concept_where("long", "length>4", {}));
  EXPECT_THAT(columns.where("long and edge=first"), ElementsAre(false, false, false, true, false));
  EXPECT_THAT(classes_of(columns.concept_where("x", "long", columns.where("edge!=last"))),
              ElementsAre("other", "other", "", "x", ""));
}
TEST(Where, AnEmptyConceptIsRefusedWithTheNearestValue) {
  const Words words = plain_words("A word\n");
  Columns columns(words, {});
  EXPECT_THAT(refusal([&] { columns.concept_where("x", "edge=frist", {}); }),
              HasSubstr("no word has 'x' (edge=frist; 'frist' is no value of edge (did you mean 'first'?)); "
                        "nothing can be learnt of an empty concept"));
  EXPECT_THAT(refusal([&] { columns.concept_where("x", "length>0", {}); }),
              HasSubstr("every word has 'x' (length>0); a concept needs words without it too"));
}
TEST(Where, ANameThatIsTakenIsRefused) {
  const Words words = plain_words("A word\n");
  Columns columns(words, {});
  columns.add(columns.concept_where("x", "edge=first", {}));
  EXPECT_THAT(refusal([&] { columns.add(columns.concept_where("x", "edge=last", {})); }),
              HasSubstr("there are labels 'x' already"));
  EXPECT_THAT(refusal([&] { columns.concept_where("other", "edge=last", {}); }),
              HasSubstr("a concept cannot be called 'other'"));
}

}  // namespace
}  // namespace neurox::label
