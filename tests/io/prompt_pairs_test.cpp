#include "neurox/io/prompt_pairs.h"

#include <gmock/gmock.h>

#include "support.h"

namespace neurox::io {
namespace {

using ::testing::HasSubstr;

class PromptPairsTest : public ::testing::Test {
 protected:
  std::string file(const std::string& text) const {
    testing::write_text(folder_ / "pairs", text);
    return (folder_ / "pairs").string();
  }
  std::string says(const std::string& text) const {
    return testing::refusal([&] { read_prompt_pairs(file(text)); });
  }
  testing::TempFolder folder_;
};

TEST_F(PromptPairsTest, AnObjectALineIsAPair) {
  const auto pairs = read_prompt_pairs(
      file(R"({"base":"The nurse said that","counterfactual":"The man said that",)"
           R"("base_candidate":"she","counterfactual_candidate":"he","class":"female","more":1})"
           "\n\n"
           R"({"base":"a","counterfactual":"b","base_candidate":"c","counterfactual_candidate":"d",)"
           R"("target":"so","joined":true})"
           "\n"));
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0].counterfactual, "The man said that");
  EXPECT_EQ(pairs[0].class_name, "female");
  EXPECT_FALSE(pairs[0].is_open());
  EXPECT_EQ(pairs[1].counterfactual_candidate, "d");
  EXPECT_EQ(pairs[1].line, 3);
  EXPECT_EQ(pairs[0].target, "");
  EXPECT_FALSE(pairs[0].joined);
  EXPECT_EQ(pairs[1].target, "so");
  EXPECT_TRUE(pairs[1].joined);
}

TEST_F(PromptPairsTest, TemplatesAndWordsMakePairs) {
  const auto counterparts = parse_counterparts("man=he,woman=she");
  const auto pairs = pairs_of_templates({"The {} said that", "The {} ran because"},
                                        file("# words\nnurse\tman\nteacher\n"), counterparts);
  ASSERT_EQ(pairs.size(), 4U);
  EXPECT_EQ(pairs[0].base, "The nurse said that");
  EXPECT_EQ(pairs[0].counterfactual, "The man said that");
  EXPECT_EQ(pairs[0].base_candidate, "she");
  EXPECT_EQ(pairs[0].counterfactual_candidate, "he");
  EXPECT_EQ(pairs[0].class_name, "man");
  EXPECT_EQ(pairs[2].base, "The nurse ran because");
  ASSERT_TRUE(pairs[1].is_open());
  EXPECT_EQ(pairs[1].counterfactual, "The man said that");
  const PromptPair turned = pairs[1].turned();
  EXPECT_EQ(turned.counterfactual, "The woman said that");
  EXPECT_EQ(turned.counterfactual_candidate, "she");
  EXPECT_EQ(turned.base_candidate, "he");
  EXPECT_EQ(turned.turned().counterfactual, pairs[1].counterfactual);
}

TEST_F(PromptPairsTest, RefusesWhatIsNoPair) {
  EXPECT_THAT(says(""), HasSubstr("holds no pairs of prompts"));
  EXPECT_THAT(says("[1]\n"), HasSubstr("pairs:1: is no JSON object"));
  EXPECT_THAT(says(R"({"base":"a","counterfactual":"b","base_candidate":"c"})"),
              HasSubstr("pairs:1: no text under 'counterfactual_candidate'"));
  EXPECT_THAT(
      says(R"({"base":"a","counterfactual":"a","base_candidate":"c","counterfactual_candidate":"d"})"),
      HasSubstr("base and counterfactual are the same: a"));
  EXPECT_THAT(
      says(R"({"base":"a","counterfactual":"b","base_candidate":"c","counterfactual_candidate":"c"})"),
      HasSubstr("both candidates are 'c'"));
  EXPECT_THAT(
      says(
          R"({"base":"a","counterfactual":"b","base_candidate":"c","counterfactual_candidate":"d","joined":1})"),
      HasSubstr("pairs:1: 'joined' is 1, not true or false"));
  const auto of_words = [&](const std::string& pattern, const std::string& words) {
    return testing::refusal(
        [&] { pairs_of_templates({pattern}, file(words), parse_counterparts("man=he,woman=she")); });
  };
  EXPECT_THAT(of_words("The nurse", "a\n"), HasSubstr("template 'The nurse': has no {}"));
  EXPECT_THAT(of_words("The {}", "nurse\tboy\n"),
              HasSubstr("pairs:1: 'boy' is no counterpart; they are man and woman"));
  EXPECT_THAT(of_words("The {}", "man\n"), HasSubstr("'man' is itself a counterpart"));
  EXPECT_THAT(of_words("The {}", "# none\n"), HasSubstr("holds no words"));
  EXPECT_THAT(testing::refusal([] { parse_counterparts("man=he"); }), HasSubstr("two different ones"));
  EXPECT_THAT(testing::refusal([] { parse_counterparts("man,woman=she"); }),
              HasSubstr("'man' is not WORD=CANDIDATE"));
}

}  // namespace
}  // namespace neurox::io
