#include "neurox/ablate/prompt_tokens.h"

#include <gmock/gmock.h>

#include "tiny_model.h"

namespace neurox::ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PromptTokens, CandidatesAreWhatGoesOnFromThePrompt) {
  const testing::TempFolder folder;
  const auto tokenizer = text::Tokenizer::load(testing::tiny_model(folder, "gpt2-lm"));
  // [CLS] is 2, the letters begin at 5 and their ## forms at 31; the [SEP] behind a text is left out.
  const auto pair = prompt_tokens(tokenizer, {"ab c", "d c", "e", "fg", "", "", 1}, "here");
  EXPECT_THAT(pair.base, ElementsAre(2, 5, 32, 7));
  EXPECT_THAT(pair.counterfactual, ElementsAre(2, 8, 7));
  EXPECT_THAT(pair.base_candidate, ElementsAre(9));
  EXPECT_THAT(pair.counterfactual_candidate, ElementsAre(10, 37));
  EXPECT_THAT(prompt_tokens(tokenizer, {"ab c ", "d c", " e", "f", "", "", 1}, "here").base_candidate,
              ElementsAre(9));
}

TEST(PromptTokens, ByteLevelCandidatesCarryTheirSpace) {
  NEUROX_NEED(folder, testing::real_model("smollm2-135m"));
  const auto tokenizer = text::Tokenizer::load(folder);
  const auto pair =
      prompt_tokens(tokenizer, {"The nurse said that", "The man said that", "she", "he", "", "", 1}, "here");
  ASSERT_EQ(pair.base_candidate.size(), 1U);
  EXPECT_EQ(tokenizer.token_of(static_cast<std::int32_t>(pair.base_candidate[0])), "Ġshe");
  EXPECT_THAT(
      testing::refusal([&] {
        prompt_tokens(tokenizer, {"The nurse said ", "The man said ", "she", "he", "", "", 1}, "p.jsonl:3");
      }),
      HasSubstr(
          "p.jsonl:3: the tokens of 'The nurse said ' change when 'she' goes on from it; end the prompt "
          "at a word"));
}

}  // namespace
}  // namespace neurox::ablate
