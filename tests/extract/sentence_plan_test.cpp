#include "neurox/extract/sentence_plan.h"

#include <gmock/gmock.h>

#include "tiny_model.h"

namespace neurox::extract {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Words of a text between single blanks.
PlanInput input_of(std::string_view text) {
  PlanInput input;
  input.text = text;
  input.where = "corpus.txt:1";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    input.words.emplace_back(static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end));
    at = end + 1;
  }
  return input;
}

class SentencePlanTest : public ::testing::Test {
 protected:
  testing::TempFolder folder_;
  text::Tokenizer tokenizer_ = text::Tokenizer::load(testing::tiny_model(folder_));
};

std::vector<std::pair<int, int>> places_of(const PlannedRow& row) {
  std::vector<std::pair<int, int>> out;
  for (const auto& group : row.groups)
    for (const Place& place : group) out.emplace_back(place.segment, place.piece);
  return out;
}

TEST_F(SentencePlanTest, AWordIsTheMeanOfItsPieces) {
  // [CLS] u ##n d ##o [SEP]
  const SentencePlan plan = plan_sentence(tokenizer_, input_of("un do"), {});
  ASSERT_THAT(plan.segments, SizeIs(1));
  EXPECT_THAT(plan.segments[0].ids, SizeIs(6));
  ASSERT_THAT(plan.rows, SizeIs(2));
  EXPECT_EQ(plan.rows[1].token, "do");
  EXPECT_EQ(plan.rows[1].pieces, 2);
  EXPECT_THAT(places_of(plan.rows[1]), ElementsAre(std::pair{0, 3}, std::pair{0, 4}));
}
TEST_F(SentencePlanTest, FirstAndLastTakeOnePiece) {
  PlanOptions options;
  options.pooling = Pooling::First;
  EXPECT_THAT(places_of(plan_sentence(tokenizer_, input_of("abc"), options).rows[0]),
              ElementsAre(std::pair{0, 1}));
  options.pooling = Pooling::Last;
  EXPECT_THAT(places_of(plan_sentence(tokenizer_, input_of("abc"), options).rows[0]),
              ElementsAre(std::pair{0, 3}));
}
TEST_F(SentencePlanTest, ADroppedWordKeepsItsRow) {
  // U+200B alone is removed by the normalizer.
  const SentencePlan plan = plan_sentence(tokenizer_, input_of("a \xE2\x80\x8B b"), {});
  ASSERT_THAT(plan.rows, SizeIs(3));
  EXPECT_EQ(plan.rows[1].status, Status::Dropped);
  EXPECT_THAT(plan.rows[1].groups, SizeIs(0));
  EXPECT_EQ(plan.rows[2].status, Status::Ok);
  EXPECT_EQ(plan.rows[2].token, "b");
}
TEST_F(SentencePlanTest, CharacterOffsetsCountCodePoints) {
  const SentencePlan plan = plan_sentence(tokenizer_, input_of("\xC3\xA9t\xC3\xA9 b"), {});  // "été b"
  EXPECT_EQ(plan.rows[1].char_begin, 4U);
  EXPECT_EQ(plan.rows[1].char_end, 5U);
}
TEST_F(SentencePlanTest, AnUnknownWordIsMarked) {
  EXPECT_EQ(plan_sentence(tokenizer_, input_of("a \xE2\x82\xAC"), {}).rows[1].status, Status::Unk);
}
TEST_F(SentencePlanTest, ALiteralSpecialTokenOfTheTextIsAWordOfItsOwn) {
  const SentencePlan plan = plan_sentence(tokenizer_, input_of("a [MASK] b"), {});
  EXPECT_EQ(plan.rows[1].status, Status::Ok);
  EXPECT_THAT(places_of(plan.rows[1]), ElementsAre(std::pair{0, 2}));
}
TEST_F(SentencePlanTest, SpecialTokensGetRowsWhenAskedFor) {
  PlanOptions options;
  options.special_tokens = true;
  const SentencePlan plan = plan_sentence(tokenizer_, input_of("a b"), options);
  ASSERT_THAT(plan.rows, SizeIs(4));
  EXPECT_EQ(plan.rows[0].status, Status::Special);
  EXPECT_EQ(plan.rows[0].token, "[CLS]");
  EXPECT_EQ(plan.rows[3].token, "[SEP]");
}
TEST_F(SentencePlanTest, ALongSentenceIsCutAtWholeWords) {
  PlanOptions options;
  options.max_pieces = 6;  // [CLS] a b c d [SEP]
  const SentencePlan plan = plan_sentence(tokenizer_, input_of("ab cde f"), options);
  EXPECT_THAT(plan.segments, SizeIs(1));
  EXPECT_THAT(plan.segments[0].ids, SizeIs(6));
  EXPECT_EQ(plan.rows[0].status, Status::Ok);
  EXPECT_EQ(plan.rows[1].status, Status::Truncated);  // its last letter is beyond the cut
  EXPECT_EQ(plan.rows[2].status, Status::Truncated);
}
TEST_F(SentencePlanTest, ASplitSentenceLosesNothingAndTakesPiecesFromTheMiddleOfWindows) {
  PlanOptions options;
  options.max_pieces = 10;  // 8 letters a window, windows begin at 0, 6, 12
  options.too_long = TooLong::Split;
  options.unit = Unit::Token;
  const SentencePlan plan = plan_sentence(tokenizer_, input_of("a b c d e f g h i j k l m n o p"), options);
  EXPECT_THAT(plan.segments, SizeIs(3));
  ASSERT_THAT(plan.rows, SizeIs(16));
  for (const PlannedRow& row : plan.rows) EXPECT_EQ(row.status, Status::Ok);
  // Letters 6 and 7 stand in windows 0 (last two) and 1 (first two): the sixth is 1 from the edge in the
  // first, 0 in the second.
  EXPECT_EQ(plan.rows[6].window, 0);
  EXPECT_EQ(plan.rows[7].window, 1);
  EXPECT_THAT(places_of(plan.rows[7]), ElementsAre(std::pair{1, 2}));
}
TEST_F(SentencePlanTest, ASentenceIsItsSummaryTokenOrAMeanOverWordsOrPieces) {
  PlanOptions options;
  options.unit = Unit::Sentence;
  EXPECT_THAT(places_of(plan_sentence(tokenizer_, input_of("ab c"), options).rows[0]),
              ElementsAre(std::pair{0, 0}));
  options.sentence_pooling = SentencePooling::Mean;
  EXPECT_THAT(plan_sentence(tokenizer_, input_of("ab c"), options).rows[0].groups, SizeIs(2));
  options.over = Over::Pieces;
  EXPECT_THAT(plan_sentence(tokenizer_, input_of("ab c"), options).rows[0].groups, SizeIs(3));
  options.sentence_pooling = SentencePooling::Last;
  EXPECT_THAT(places_of(plan_sentence(tokenizer_, input_of("ab c"), options).rows[0]),
              ElementsAre(std::pair{0, 3}));
}
TEST_F(SentencePlanTest, APairKeepsBothTextsApart) {
  PlanInput input = input_of("a b");
  input.second = "c d";
  input.second_words = {{0, 1}, {2, 3}};
  const SentencePlan plan = plan_sentence(tokenizer_, input, {});
  ASSERT_THAT(plan.rows, SizeIs(4));
  EXPECT_EQ(plan.rows[2].token, "c");
  EXPECT_EQ(plan.rows[2].sequence, 1);
  EXPECT_EQ(plan.rows[2].position, 0);
  EXPECT_THAT(plan.segments[0].type_ids, ElementsAre(0, 0, 0, 0, 1, 1, 1));
}
TEST_F(SentencePlanTest, APairThatIsTooLongIsCutAndMarkedButNeverSplit) {
  PlanInput input = input_of("a b c d e f");
  input.second = "g";
  input.second_words = {{0, 1}};
  PlanOptions options;
  options.max_pieces = 8;  // [CLS] 4 letters [SEP] g [SEP]
  const SentencePlan plan = plan_sentence(tokenizer_, input, options);
  EXPECT_EQ(plan.rows[3].status, Status::Ok);
  EXPECT_EQ(plan.rows[4].status, Status::Truncated);
  EXPECT_EQ(plan.rows[6].status, Status::Ok);
  options.too_long = TooLong::Split;
  EXPECT_THAT(testing::refusal([&] { plan_sentence(tokenizer_, input, options); }),
              HasSubstr("corpus.txt:1: a pair of more than 8 pieces"));
}

}  // namespace
}  // namespace neurox::extract
