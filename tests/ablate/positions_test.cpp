#include "neurox/ablate/positions.h"

#include <gmock/gmock.h>

#include "neurox/extract/extract.h"
#include "tiny_model.h"

namespace neurox::ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Positions, AreTheFirstTheLastOrTheChosenWordsPieces) {
  const testing::TempFolder folder;
  const text::Tokenizer tokenizer = text::Tokenizer::load(testing::tiny_model(folder));
  io::Sentence sentence;
  sentence.text = "a bcd e";
  sentence.words = {{0, 1}, {2, 5}, {6, 7}};
  // [CLS] a b ##c ##d e [SEP]
  const auto plan = extract::plan_sentence(tokenizer, extract::plan_input(sentence, "text"), word_plan({}));
  const auto pieces = [&](const Positions& p) { return chosen_pieces(p, 0, plan).at(0); };
  EXPECT_THAT(pieces({}), ElementsAre(true, true, true, true, true, true, true));
  EXPECT_THAT(pieces({Positions::Kind::First, {}}),
              ElementsAre(true, false, false, false, false, false, false));
  EXPECT_THAT(pieces({Positions::Kind::Last, {}}),
              ElementsAre(false, false, false, false, false, false, true));
  EXPECT_THAT(pieces({Positions::Kind::Words, {{false, true, false}}}),
              ElementsAre(false, false, true, true, true, false, false));
  EXPECT_THAT(testing::refusal([&] {
                chosen_pieces({Positions::Kind::Words, {{true}}}, 1, plan);
              }),
              HasSubstr("words of 1 sentences were chosen, but there is sentence 2"));
}

}  // namespace
}  // namespace neurox::ablate
