#include "neurox/extract/alignment.h"

#include <gmock/gmock.h>

namespace neurox::extract {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Alignment, PiecesBelongToTheWordsThatTheyOverlap) {
  // "un do it": words at 0-2, 3-5, 6-8; pieces u, n, do, it
  const std::vector<ByteSpan> words{{0, 2}, {3, 5}, {6, 8}}, pieces{{0, 1}, {1, 2}, {3, 5}, {6, 8}};
  EXPECT_THAT(align(words, pieces), ElementsAre(ElementsAre(0, 1), ElementsAre(2), ElementsAre(3)));
}
TEST(Alignment, AWordThatTheTokenizerDroppedHasNoPieceAndShiftsNobody) {
  const std::vector<ByteSpan> words{{0, 2}, {3, 4}, {5, 7}}, pieces{{0, 2}, {5, 7}};
  EXPECT_THAT(align(words, pieces), ElementsAre(ElementsAre(0), IsEmpty(), ElementsAre(1)));
}
TEST(Alignment, APieceThatJoinsTwoWordsBelongsToBoth) {
  const std::vector<ByteSpan> words{{0, 2}, {3, 5}}, pieces{{0, 5}};
  EXPECT_THAT(align(words, pieces), ElementsAre(ElementsAre(0), ElementsAre(0)));
}
TEST(Alignment, ALeadingSpaceInsideAPieceChangesNothing) {
  // Byte-level pieces may cover the space before their word.
  const std::vector<ByteSpan> words{{0, 2}, {3, 5}}, pieces{{0, 2}, {2, 5}};
  EXPECT_THAT(align(words, pieces), ElementsAre(ElementsAre(0), ElementsAre(1)));
}
TEST(Alignment, EmptySpansBelongToNobody) {
  const std::vector<ByteSpan> words{{0, 2}}, pieces{{0, 0}, {0, 2}, {2, 2}};
  EXPECT_THAT(align(words, pieces), ElementsAre(ElementsAre(1)));
}

}  // namespace
}  // namespace neurox::extract
