#include "neurox/ablate/write_texts.h"

#include <gmock/gmock.h>

#include <numeric>

#include "neurox/model/likelihood.h"
#include "tiny_model.h"

namespace neurox::ablate {
namespace {

using ::testing::HasSubstr;

TEST(Schedule, PlacesOfThePromptAndOfNewTokensAreTold) {
  Schedule s;
  s.prompts = {{false, true}};
  s.from = 1;
  s.to = 2;
  const bool expected[] = {false, true, false, true, true, false};
  for (std::int64_t place = 0; place < 6; ++place) EXPECT_EQ(s.acts(0, place), expected[place]) << place;
}
TEST(Schedule, IsWrittenAsARange) {
  EXPECT_EQ(parse_schedule("generated:3-10")->to, 10);
  EXPECT_EQ(parse_schedule("generated:3")->to, 3);
  EXPECT_LT(parse_schedule("prompt")->to, 0);
  EXPECT_EQ(parse_schedule("last")->prompt, ScheduleWords::Prompt::Last);
  EXPECT_FALSE(parse_schedule("upos=NOUN"));
  for (const char* wrong : {"generated:", "generated:5-3", "generated:x", "generated:1-2-3"})
    EXPECT_THAT(testing::refusal([&] { parse_schedule(wrong); }), HasSubstr("no range of new tokens"))
        << wrong;
}

class Writing : public ::testing::Test {
 protected:
  WritingOptions options(std::int64_t from, std::int64_t to, bool prompt) const {
    WritingOptions out;
    out.generation.most_tokens = 6;
    for (const auto& p : prompts_) out.schedule.prompts.emplace_back(p.size(), prompt);
    out.schedule.from = from;
    out.schedule.to = to;
    return out;
  }

  testing::TempFolder folder_;
  std::filesystem::path path_ = testing::tiny_model(folder_, "gpt2-lm");
  model::Model model_ = model::Model::load(path_);
  text::Tokenizer tokenizer_ = text::Tokenizer::load(path_);
  std::vector<model::TokenIds> prompts_{{3, 9, 4}, {7, 12}};
  std::vector<SiteEdit> strong_{{{SiteKind::ResidPost, 0}, {0, 1, 2, 3}, {9, -9, 5, -5}}};
};

TEST_F(Writing, AnEditAfterWhichNumbersAreNotFiniteNamesTheFirstSite) {
  std::vector<SiteEdit> huge{{{SiteKind::ResidMid, 0}, {}, {}}};
  for (std::int64_t n = 0; n < model_.config().width; ++n) {
    huge[0].neurons.push_back(n);
    huge[0].values.push_back(n % 2 == 0 ? 3e38F : -3e38F);
  }
  const auto refused = [&](const WritingOptions& options) {
    return testing::refusal([&] { write_texts(model_, tokenizer_, prompts_, huge, options); });
  };
  const std::string expected = fmt::format(
      "prompts 1 to 2: with {} neurons of blocks.0.hook_resid_mid edited, blocks.0.mlp.hook_pre is no longer "
      "finite; take a smaller number",
      model_.config().width);
  EXPECT_EQ(refused(options(0, 100, true)), expected);
  // From the third new token on.
  EXPECT_EQ(refused(options(2, 100, false)), expected);
}
TEST_F(Writing, AnEditThatNeverActsLeavesTheText) {
  const auto intact = write_texts(model_, tokenizer_, prompts_, {}, options(0, 100, true));
  const auto never = write_texts(model_, tokenizer_, prompts_, strong_, options(0, -1, false));
  const auto always = write_texts(model_, tokenizer_, prompts_, strong_, options(0, 100, true));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(never[i].ids, intact[i].ids);
    EXPECT_NEAR(never[i].nll, intact[i].nll, 1e-6);
  }
  EXPECT_NE(always[0].ids, intact[0].ids);
}
TEST_F(Writing, ANewTokenIsChosenByThePlaceBeforeIt) {
  const auto intact = write_texts(model_, tokenizer_, prompts_, {}, options(0, 100, true));
  // Acting from new token 2 on: tokens 0, 1 and 2 are chosen by what stands before it.
  const auto late = write_texts(model_, tokenizer_, prompts_, strong_, options(2, 100, false));
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t t = 0; t < 3; ++t) EXPECT_EQ(late[i].ids[t], intact[i].ids[t]);
}
TEST_F(Writing, LikelihoodsAreThoseOfTheIntactModel) {
  const auto written = write_texts(model_, tokenizer_, prompts_, strong_, options(0, 100, true));
  const torch::InferenceMode no_gradients;
  for (std::size_t i = 0; i < 2; ++i) {
    model::TokenIds whole = prompts_[i];
    whole.insert(whole.end(), written[i].ids.begin(), written[i].ids.end());
    const auto batch = model::Batch::of(std::vector<model::TokenIds>{whole});
    const torch::Tensor log_p = model_.lm_logits(model_.forward(batch)).log_softmax(1);
    double nll = 0;
    for (std::size_t t = prompts_[i].size(); t < whole.size(); ++t)
      nll -= log_p[static_cast<std::int64_t>(t) - 1][whole[t]].item<double>();
    EXPECT_NEAR(written[i].nll, nll, 1e-4);
  }
}
TEST_F(Writing, SamplesOfAPromptDifferAndComeBackWithTheSeed) {
  WritingOptions sampled = options(0, 100, true);
  sampled.samples = 3;
  sampled.batch_texts = 2;
  sampled.generation.sampling = model::SamplingOptions{};
  const auto a = write_texts(model_, tokenizer_, prompts_, {}, sampled);
  sampled.batch_texts = 6;
  const auto b = write_texts(model_, tokenizer_, prompts_, {}, sampled);
  ASSERT_EQ(a.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(a[i].ids, b[i].ids);
  EXPECT_NE(a[0].ids, a[1].ids);
  EXPECT_EQ(a[4].prompt, 1);
  EXPECT_EQ(a[4].sample, 1);
  sampled.generation.sampling.reset();
  EXPECT_THAT(testing::refusal([&] { write_texts(model_, tokenizer_, prompts_, {}, sampled); }),
              HasSubstr("without sampling they are the same"));
}

}  // namespace
}  // namespace neurox::ablate
