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

TEST(PromptTokens, ACandidateStandsInThePlaceOfTheMask) {
  const testing::TempFolder folder;
  const auto tokenizer = text::Tokenizer::load(testing::tiny_model(folder, "bert-mlm"));
  const auto tokens = [&](const io::PromptPair& pair) {
    return prompt_tokens(tokenizer, pair, "p.jsonl:2", Asked::AtMask);
  };
  const auto pair = tokens({"ab [MASK] c", "d [MASK] c", "e", "fg", "", "", 1});
  EXPECT_THAT(pair.base, ElementsAre(2, 5, 32, 4, 7, 3));  // [CLS] a ##b [MASK] c [SEP]
  EXPECT_THAT(pair.counterfactual, ElementsAre(2, 8, 4, 7, 3));
  EXPECT_EQ(pair.base_mask, 3);
  EXPECT_EQ(pair.counterfactual_mask, 2);
  EXPECT_THAT(pair.base_candidate, ElementsAre(9));
  EXPECT_THAT(pair.counterfactual_candidate, ElementsAre(10, 37));
  const auto says = [&](const io::PromptPair& asked) { return testing::refusal([&] { tokens(asked); }); };
  EXPECT_EQ(says({"a b", "d [MASK]", "e", "f", "", "", 1}),
            "p.jsonl:2: 'a b' has 0 of [MASK], at which the model is asked; write one");
  EXPECT_THAT(says({"a [MASK]", "[MASK] [MASK]", "e", "f", "", "", 1}), HasSubstr("has 2 of [MASK]"));
  EXPECT_EQ(says({"a [MASK]", "b [MASK]", "ж", "f", "", "", 1}),
            "p.jsonl:2: the vocabulary has no token for 'ж' or a part of it");
  EXPECT_THAT(says({"a [MASK]", "b [MASK]", "e", "f", "", "", 1, "t"}),
              HasSubstr("'target' is what a decoder has written, and the model has none"));
}

TEST(PromptTokens, JoinedCandidatesGoOnWithoutASpace) {
  const auto tokenizer = text::Tokenizer::load_beside(std::filesystem::path(NEUROX_TESTDATA) /
                                                      "networks/lstm-lm/model.safetensors");
  io::PromptPair pair{"ab ca", "ab da", "b", "cd", "", "", 1};
  EXPECT_THAT(prompt_tokens(tokenizer, pair, "here").base_candidate, ElementsAre(8, 1));
  pair.joined = true;
  const PromptTokens joined = prompt_tokens(tokenizer, pair, "here");
  EXPECT_THAT(joined.base_candidate, ElementsAre(1));
  EXPECT_THAT(joined.counterfactual_candidate, ElementsAre(2, 3));
}

}  // namespace
}  // namespace neurox::ablate
