#include "neurox/label/added_words.h"

#include <gmock/gmock.h>

#include <sstream>

#include "support.h"

namespace neurox::label {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> split(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

PlacedWords placed(const std::string& base, const std::string& changed) {
  return place_words(split(base), split(changed));
}

TEST(AddedWords, AWordBetweenTwoStandsHalfWay) {
  const PlacedWords p = placed("the film was good", "the film was not good");
  EXPECT_THAT(p.same, ElementsAre(0, 1, 2, -1, 3));
  EXPECT_THAT(p.position, ElementsAre(0, 1, 2, 2.5, 3));
  EXPECT_EQ(p.behind_added, 3);
}
TEST(AddedWords, SeveralWordsShareTheRoom) {
  const PlacedWords p = placed("I liked it", "I liked it a lot");
  EXPECT_THAT(p.same, ElementsAre(0, 1, 2, -1, -1));
  EXPECT_THAT(p.position, ElementsAre(0, 1, 2, DoubleEq(2 + 1.0 / 3), DoubleEq(2 + 2.0 / 3)));
  EXPECT_EQ(p.behind_added, 3);  // there is no word behind it
  const PlacedWords before = placed("good film", "a very good film");
  EXPECT_THAT(before.position, ElementsAre(DoubleNear(-2.0 / 3, 1e-15), DoubleNear(-1.0 / 3, 1e-15), 0, 1));
  EXPECT_EQ(before.behind_added, 0);
}
TEST(AddedWords, AWordInThePlaceOfAnotherStandsThere) {
  const PlacedWords p = placed("the film was good", "the film was bad");
  EXPECT_THAT(p.same, ElementsAre(0, 1, 2, -1));
  EXPECT_THAT(p.position, ElementsAre(0, 1, 2, 3));
  // one word for two stands between where they were
  EXPECT_THAT(placed("it was very good indeed", "it was bad indeed").position, ElementsAre(0, 1, 2.5, 4));
}
TEST(AddedWords, OfWordsThatRepeatTheLaterOneWasAdded) {
  EXPECT_THAT(placed("very good", "very very good").same, ElementsAre(0, -1, 1));
}
TEST(AddedWords, WordsAddedInTwoPlacesLeaveTheLongestCommonSequence) {
  const PlacedWords p = placed("a b c d e", "a x b c y d e");
  EXPECT_THAT(p.same, ElementsAre(0, -1, 1, 2, -1, 3, 4));
  EXPECT_EQ(p.behind_added, 1);
  // b c d are longer than e in front of them
  EXPECT_THAT(placed("a b c d e z", "a e b c d z").same, ElementsAre(0, -1, 1, 2, 3, 5));
}
TEST(AddedWords, ASentenceBesideItselfHasNothingAdded) {
  const PlacedWords p = placed("the film was good", "the film was good");
  EXPECT_THAT(p.same, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(p.behind_added, -1);
  EXPECT_EQ(placed("the film was good", "the good").behind_added, -1);
  EXPECT_THAT(placed("a", "").same, IsEmpty());
}
TEST(AddedWords, PositionsAscendWhateverIsChanged) {
  std::uint64_t state = 7;
  const auto draw = [&](std::uint64_t n) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33U) % n;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> base(draw(8)), changed(draw(8));
    for (auto* words : {&base, &changed})
      for (std::string& w : *words) w = std::string(1, static_cast<char>('a' + draw(3)));
    const PlacedWords p = place_words(base, changed);
    for (std::size_t i = 0; i < changed.size(); ++i) {
      if (i > 0) {
        EXPECT_LT(p.position[i - 1], p.position[i]);
      }
      EXPECT_GT(p.position[i], -1);
      EXPECT_LT(p.position[i], static_cast<double>(base.size()));
      if (p.same[i] >= 0) {
        EXPECT_EQ(base[static_cast<std::size_t>(p.same[i])], changed[i]);
      }
    }
  }
}
TEST(AddedWords, TextsTooLongToCompareAreRefused) {
  const std::vector<std::string> a(20000, "a"), b(20000, "b");
  EXPECT_EQ(neurox::testing::refusal([&] { place_words(a, b); }),
            "two texts that differ over 20000 and 20000 words are too long to be compared");
}

}  // namespace
}  // namespace neurox::label
