#include "neurox/extract/repeated.h"

#include <gmock/gmock.h>

#include "tiny_model.h"

namespace neurox::extract {
namespace {

using ::testing::ElementsAre;
using Words = std::vector<std::string>;

TEST(Repeated, ComesNearestToTheLengthButIsNeverEmpty) {
  EXPECT_THAT(repeated_to(Words{"a", "b"}, 4.9), ElementsAre("a", "b", "a", "b"));
  EXPECT_THAT(repeated_to(Words{"a", "b"}, 5), ElementsAre("a", "b", "a", "b", "a", "b"));
  EXPECT_THAT(repeated_to(Words{"a", "b"}, 0.1), ElementsAre("a", "b"));
}

class RepeatedTest : public ::testing::Test {
 protected:
  testing::TempFolder folder_;
  std::filesystem::path path_ = testing::tiny_model(folder_);
  model::Model model_ = model::Model::load(path_);
  text::Tokenizer tokenizer_ = text::Tokenizer::load(path_);
  PooledForward forward_{model_, {std::vector<SiteColumns>{model_.sites()[2]}}};
};

TEST_F(RepeatedTest, AMeanOverWordsIsTheMeanOfTheRowsOfTheSameText) {
  PlanOptions plan;
  plan.max_pieces = 20;
  const std::vector<Words> sentences{{"ab", "c", "ab", "c"}, {"d"}};
  const MatrixF means = mean_activations(forward_, tokenizer_, sentences, plan);
  const std::string text = "ab c ab c";
  PlanInput input;
  input.text = text;
  input.words = {{0, 2}, {3, 4}, {5, 7}, {8, 9}};
  const MatrixF rows = forward_.run(std::vector{plan_sentence(tokenizer_, input, plan)});
  ASSERT_EQ(rows.rows(), 4);
  EXPECT_LT((means.row(0) - rows.colwise().mean()).cwiseAbs().maxCoeff(), 1e-5);
  EXPECT_EQ(means.rows(), 2);
  EXPECT_GT((means.row(0) - means.row(1)).norm(), 1e-3);
}

TEST_F(RepeatedTest, WordsBeyondWhatTheModelTakesDoNotCount) {
  PlanOptions plan;
  plan.max_pieces = 6;
  const std::vector<Words> long_one{Words(12, "a")};
  const MatrixF cut = mean_activations(forward_, tokenizer_, long_one, plan);
  const std::vector<Words> short_one{Words(4, "a")};
  EXPECT_LT((cut - mean_activations(forward_, tokenizer_, short_one, plan)).cwiseAbs().maxCoeff(), 1e-6);
}

}  // namespace
}  // namespace neurox::extract
