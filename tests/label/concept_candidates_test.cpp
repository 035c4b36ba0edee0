#include "neurox/label/concept_candidates.h"

#include <gmock/gmock.h>

#include "support.h"

namespace neurox::label {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

using TextWords = std::vector<std::string>;

TextWords texts(const std::vector<Candidate>& candidates, const std::string& kind) {
  TextWords out;
  for (const Candidate& c : candidates) {
    if (c.kind != kind) continue;
    std::string text;
    for (const std::string& w : c.words) text += (text.empty() ? "" : " ") + w;
    out.push_back(text);
  }
  return out;
}

TEST(ConceptCandidates, SubtreesAreWordsWithAllThatHangsOnThem) {
  // the <- old <- man (head 3), man and saw: (the old man) saw (the dog)
  const ParsedWords s{{"the", "old", "man", "saw", "a", "dog"}, {"3", "3", "4", "0", "6", "4"}, {}, {}};
  const auto found = concept_candidates(s, {2, 8});
  EXPECT_THAT(texts(found, "word"), ElementsAre("the", "old", "man", "saw", "a", "dog"));
  EXPECT_THAT(texts(found, "subtree"), ElementsAre("the old man", "the old man saw a dog", "a dog"));
  EXPECT_THAT(texts(found, "2 words"), ElementsAre("the old", "old man", "man saw", "saw a"))
      << "`a dog` is a subtree already";
  EXPECT_THAT(texts(found, "sentence"), IsEmpty()) << "the sentence is the subtree of its root";
}
TEST(ConceptCandidates, APartWithAGapIsNone) {
  // b hangs on d across c, which hangs on a.
  const ParsedWords s{{"a", "b", "c", "d"}, {"0", "4", "1", "1"}, {}, {}};
  EXPECT_THAT(texts(concept_candidates(s, {1, 8}), "subtree"), ElementsAre("a b c d"));
}
TEST(ConceptCandidates, PhrasesOfBrackets) {
  // (S (NP the man) (VP saw (NP a dog)))
  const ParsedWords s{
      {"the", "man", "saw", "a", "dog"}, {}, {"S NP", "", "VP", "NP", ""}, {"", "1", "", "", "3"}};
  const auto found = concept_candidates(s, {1, 3});
  EXPECT_THAT(texts(found, "phrase NP"), ElementsAre("the man", "a dog"));
  EXPECT_THAT(texts(found, "phrase VP"), ElementsAre("saw a dog"));
  EXPECT_THAT(texts(found, "phrase S"), IsEmpty()) << "longer than 3";
  EXPECT_THAT(texts(found, "sentence"), ElementsAre("the man saw a dog"));
}
TEST(ConceptCandidates, ABrokenParseLeavesWordsAndNgrams) {
  for (const TextWords& heads :
       {TextWords{"2", "1"}, TextWords{"x", "0"}, TextWords{"9", "0"}, TextWords{"0"}}) {
    const auto found = concept_candidates({{"a", "b"}, heads, {}, {}}, {2, 8});
    EXPECT_THAT(texts(found, "subtree"), IsEmpty());
    EXPECT_THAT(texts(found, "2 words"), ElementsAre("a b"));
  }
  EXPECT_THAT(texts(concept_candidates({{"a", "b"}, {}, {"S", ""}, {"", ""}}, {1, 8}), "phrase S"),
              IsEmpty());
  EXPECT_THAT(texts(concept_candidates({{"a", "b"}, {}, {"S", ""}, {"", "2"}}, {1, 8}), "phrase S"),
              IsEmpty());
}
TEST(ConceptCandidates, EachTextStandsOnce) {
  EXPECT_THAT(texts(concept_candidates({{"no", "no", "no"}, {}, {}, {}}, {3, 8}), "word"), ElementsAre("no"));
  EXPECT_THAT(texts(concept_candidates({{"no", "no", "no"}, {}, {}, {}}, {3, 8}), "2 words"),
              ElementsAre("no no"));
}
TEST(ConceptCandidates, AffixesAreThoseThatSeveralWordsHave) {
  const TextWords words{"going", "doing", "doing", "sing", "königin", "königs", "undone", "undoing"};
  const auto common = common_affixes(words, 3);
  ASSERT_TRUE(common.contains("-ing"));
  // `sing` is too short for -ing; `doing` is the most frequent.
  EXPECT_THAT(common.at("-ing"), ElementsAre("doing", "going", "undoing"));
  EXPECT_FALSE(common.contains("un-")) << "two words have it";
  EXPECT_THAT(affixes_of("undoing", common), Contains("-ing"));
  EXPECT_THAT(affixes_of("sing", common), Not(Contains("-ing")));
  EXPECT_TRUE(common_affixes(words, 2).contains("kö-")) << "two characters, three bytes";
}

TEST(ConceptCandidates, SentencesWithThem) {
  const std::vector<TextWords> sentences{{"a", "b", "b"}, {"b", "a"}, {"going", "a", "b"}};
  const std::map<std::string, std::vector<std::string>> affixes{{"-ing", {"doing", "going"}}};
  const std::vector<Candidate> candidates{
      {"word", {"b"}}, {"2 words", {"a", "b"}}, {"affix", {"-ing"}}, {"word", {"-ing"}}};
  const auto found = sentences_with(candidates, sentences, affixes);
  EXPECT_THAT(found[0], ElementsAre(0, 1, 2));
  EXPECT_THAT(found[1], ElementsAre(0, 2));
  EXPECT_THAT(found[2], ElementsAre(2));
  EXPECT_THAT(found[3], IsEmpty());
}

}  // namespace
}  // namespace neurox::label
