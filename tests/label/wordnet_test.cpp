#include "neurox/label/wordnet.h"

#include <gmock/gmock.h>

#include "label/small_words.h"
#include "neurox/label/supersense.h"

namespace neurox::label {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::refusal;
using testing::TempFolder;
using testing::write_text;

/// A dictionary of seven words in WordNet's layout: cat, box, found (establish), find, leaf, leave (a
/// holiday), fast.
class SmallWordNet : public ::testing::Test {
 protected:
  SmallWordNet() {
    const std::string licence = "  1 This software and database is being provided to you\n";
    const std::string nouns[] = {
        "00000052 05 n 01 cat 0 000 | an animal  \n", "00000091 06 n 01 box 0 000 | a case  \n",
        "00000129 20 n 01 leaf 0 000 | of plants  \n", "00000170 28 n 01 leave 0 000 | a holiday  \n"};
    std::string data = licence, index = licence;
    const char* names[] = {"cat", "box", "leaf", "leave"};
    for (int i = 0; i < 4; ++i) {
      std::string line = nouns[i];
      const std::string offset = fmt::format("{:08}", data.size());
      data += offset + line.substr(8);
      index += fmt::format("{} n 1 2 @ ~ 1 1 {}  \n", names[i], offset);
    }
    write_text(folder_ / "data.noun", data);
    write_text(folder_ / "index.noun", index);
    write_text(folder_ / "noun.exc", "leaves leaf leave\n");
    data = licence;
    const auto found = data.size();
    data += fmt::format("{:08} 41 v 01 found 0 000 | establish  \n", found);
    const auto find = data.size();
    data += fmt::format("{:08} 39 v 01 find 0 000 | come upon  \n", find);
    write_text(folder_ / "data.verb", data);
    write_text(folder_ / "index.verb",
               licence + fmt::format("found v 1 0 1 1 {:08}  \nfind v 1 0 1 1 {:08}  \n", found, find));
    write_text(folder_ / "verb.exc", "found find\n");
    write_text(folder_ / "data.adj",
               licence + fmt::format("{:08} 00 a 01 fast 0 000 | quick  \n", licence.size()));
    write_text(folder_ / "index.adj", licence + fmt::format("fast a 1 0 1 1 {:08}  \n", licence.size()));
    write_text(folder_ / "adj.exc", "");
    write_text(folder_ / "data.adv",
               licence + fmt::format("{:08} 02 r 01 fast 0 000 | quickly  \n", licence.size()));
    write_text(folder_ / "index.adv", licence + fmt::format("fast r 1 0 1 1 {:08}  \n", licence.size()));
    write_text(folder_ / "adv.exc", "");
    write_text(folder_ / "cntlist.rev", "find%2:39:00:: 1 50\nfind%2:40:00:: 2 70\nfound%2:41:00:: 1 4\n");
  }
  TempFolder folder_;
};

TEST_F(SmallWordNet, FormsLeadToLemmasAsMorphFindsThem) {
  const WordNet words(folder_.path());
  EXPECT_THAT(words.lemmas("cats", PartOfSpeech::Noun), ElementsAre("cat"));
  EXPECT_THAT(words.lemmas("boxes", PartOfSpeech::Noun), ElementsAre("box"));
  EXPECT_THAT(words.lemmas("leaves", PartOfSpeech::Noun), ElementsAre("leaf", "leave"));
  EXPECT_THAT(words.lemmas("found", PartOfSpeech::Verb), ElementsAre("found", "find"));
  EXPECT_THAT(words.lemmas("finding", PartOfSpeech::Verb), ElementsAre("find"));
  EXPECT_THAT(words.lemmas("fastest", PartOfSpeech::Adjective), ElementsAre("fast"));
  EXPECT_THAT(words.lemmas("fastest", PartOfSpeech::Adverb), IsEmpty());
  EXPECT_THAT(words.lemmas("dogs", PartOfSpeech::Noun), IsEmpty());
}
TEST_F(SmallWordNet, TheLemmaTaggedMostOftenGivesTheSupersense) {
  WordNet words(folder_.path());
  EXPECT_EQ(words.supersense("Cats", PartOfSpeech::Noun), "noun.animal");
  EXPECT_EQ(words.supersense("leaves", PartOfSpeech::Noun), "noun.plant");  // a tie: the first
  EXPECT_EQ(words.supersense("found", PartOfSpeech::Verb), "verb.perception");
  EXPECT_EQ(words.supersense("fast", PartOfSpeech::Adverb), "adv.all");
  EXPECT_EQ(words.supersense("dog", PartOfSpeech::Noun), "");
}
TEST_F(SmallWordNet, APartOfSpeechIsNeededAndNamesHaveNone) {
  const Words words = small_words(
      folder_, "a.conllu",
      word_line(1, "Cats", "NOUN", "", 2, "nsubj") + word_line(2, "found", "VERB", "", 0, "root") +
          word_line(3, "Box", "PROPN", "", 2, "obj") + word_line(4, "in", "ADP", "", 2, "x") + "\n");
  EXPECT_THAT(classes_of(supersense(words, folder_.path().string())),
              ElementsAre("noun.animal", "verb.perception", "", ""));
  const Words penn = small_words(folder_, "a.conll", "Cats NNS\nfound VBD\nBox NNP\n\n");
  EXPECT_EQ(missing_supersenses(penn, folder_.path().string()),
            "there is no part of speech (upos, xpos or pos)");
  const Words columns = small_words(folder_, "b.conll", "Cats NNS B-NP\nfound VBD B-VP\nBox NNP B-NP\n\n");
  EXPECT_THAT(classes_of(supersense(columns, folder_.path().string())),
              ElementsAre("noun.animal", "verb.perception", ""));
}
TEST_F(SmallWordNet, FilesThatAreMissingOrDamagedAreNamed) {
  EXPECT_THAT(refusal([&] { WordNet(folder_ / "nowhere"); }),
              HasSubstr("index.noun: WordNet's dictionary is not there; install the package wordnet-base"));
  write_text(folder_ / "index.verb", "found v\n");
  EXPECT_THAT(refusal([&] { WordNet(folder_.path()); }),
              HasSubstr("index.verb:1: no line of WordNet's index"));
}

// What the dictionary's own lines say.
TEST(InstalledWordNet, KnowsEverydayWords) {
  if (!std::filesystem::exists("/usr/share/wordnet/index.noun"))
    GTEST_SKIP() << "wordnet-base is not installed";
  WordNet words("/usr/share/wordnet");
  EXPECT_THAT(words.lemmas("dogs", PartOfSpeech::Noun), ElementsAre("dog"));
  EXPECT_THAT(words.lemmas("churches", PartOfSpeech::Noun), ElementsAre("church"));
  EXPECT_THAT(words.lemmas("aardwolves", PartOfSpeech::Noun), ElementsAre("aardwolf"));
  EXPECT_THAT(words.lemmas("abaci", PartOfSpeech::Noun), ElementsAre("abacus"));
  EXPECT_THAT(words.lemmas("boxesful", PartOfSpeech::Noun), ElementsAre("boxful"));
  EXPECT_THAT(words.lemmas("hardrock", PartOfSpeech::Adverb), IsEmpty());
  EXPECT_EQ(words.supersense("teachers", PartOfSpeech::Noun), "noun.person");
  EXPECT_EQ(words.supersense("dogs", PartOfSpeech::Noun), "noun.animal");
  EXPECT_EQ(words.supersense("ran", PartOfSpeech::Verb), "verb.motion");
  EXPECT_EQ(words.supersense("said", PartOfSpeech::Verb), "verb.communication");
  EXPECT_EQ(words.supersense("found", PartOfSpeech::Verb), "verb.possession");
  EXPECT_EQ(words.supersense("quickly", PartOfSpeech::Adverb), "adv.all");
}

}  // namespace
}  // namespace neurox::label
