#include <gmock/gmock.h>

#include "apps/program.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

class QuestionFolder : public TempFolder {
 public:
  QuestionFolder() {
    tiny_model(*this, "bert-span");
    write_text(*this / "q.json",
               R"({"data": [{"paragraphs": [{"context": "a dog sat", "qas": [
{"id": "q1", "question": "who sat", "answers": [{"text": "dog", "answer_start": 2}]},
{"id": "q2", "question": "who", "answers": [{"text": "a dog", "answer_start": 0}]}]}]}]})");
  }
};

TEST(CommandAttributeQuestions, StartAndEndByWordAndByNeuron) {
  const QuestionFolder folder;
  const auto words = must_run(folder,
                              "attribute model q.json --method integrated-gradients --target gold-start "
                              "--baseline zero,pad -o w.h5ad");
  EXPECT_EQ(words["baseline"], "mean over zero, pad");
  EXPECT_EQ(words["examples"][0]["target"], "start at token 9 (gold answer 'dog')");
  const io::AnnData by_word = io::read_anndata(folder / "w.h5ad");
  EXPECT_EQ(by_word.obs.strings("segment", "w")[1], "question word");
  EXPECT_EQ(by_word.uns["neurox"]["settings"]["baseline"], "mean over zero, pad");
  must_run(folder,
           "attribute model q.json --method conductance --sites resid_post --target gold --by segment "
           "--keep-words dog,1 --baseline zero -o n.h5ad");
  const io::AnnData neurons = io::read_anndata(folder / "n.h5ad");
  EXPECT_EQ(*neurons.var.row_names, (std::vector<std::string>{"answer", "context", "question",
                                                              "question word", "special", "overall"}));
  const MatrixF* kept = neurons.of_obs("kept_words");
  ASSERT_NE(kept, nullptr);
  const auto& table = neurons.uns["kept_words"];
  EXPECT_EQ(kept->cols(), static_cast<Index>(table["token"].size()));
  // All neurons of a word and site add up to its cell of words by site.
  const auto& cells = neurons.uns["tokens_by_site"];
  for (std::size_t i = 0; i < cells["token"].size(); ++i)
    if (cells["token"][i] == "dog" && cells["sentence"][i] == 0 &&
        cells["site"][i] == "blocks.0.hook_resid_post") {
      const auto column = static_cast<Index>(std::find(table["token"].begin(), table["token"].end(), "dog") -
                                             table["token"].begin());
      EXPECT_NEAR(cells["sum"][i].get<double>(),
                  kept->col(column).head(kept->rows() / 2).cast<double>().sum(), 1e-5);
    }
}
TEST(CommandAttributeQuestions, WhatDoesNotFitIsRefusedWithTheQuestion) {
  const QuestionFolder folder;
  const std::string ask = "attribute model q.json --method saliency --baseline zero -o out.h5ad ";
  expect_refusal(folder, ask + "--target start --answer cat", 1,
                 "q.json: question q1: the answer 'cat' does not stand in the text 'a dog sat'");
  expect_refusal(folder, ask + "--target positive", 2,
                 "target 'positive': the model has no classifier; write start, end, span, gold or a neuron");
  expect_refusal(folder, ask + "--target gold --answer dog", 2, "is for the targets start, end and span");
  expect_refusal(folder, ask + "--baseline zeros", 2, "did you mean 'zero'?");
  write_text(folder / "long.json",
             R"({"data": [{"paragraphs": [{"context": "a dog sat on it all day long", "qas": [
{"id": "q9", "question": "who sat", "answers": [{"text": "long", "answer_start": 24}]}]}]}]})");
  const std::string longer = "attribute model long.json --method saliency --baseline zero -o out.h5ad ";
  expect_refusal(folder, longer + "--target start", 1, "long.json: question q9: longer than the 20 tokens");
  expect_refusal(folder, longer + "--target gold --long cut", 1,
                 "the answer 'long' lies in no token that the model sees");
  expect_refusal(folder, longer + "--target start --long skip", 1,
                 "every text is longer than the model takes");
  must_run(folder, longer + "--target start --long cut --force");
}
TEST(CommandAttributeQuestions, AClassWinsOverAnyOtherMeaningOfItsName) {
  const TempFolder folder;
  tiny_model(folder, "bert-sequence");
  std::string config = read_text(folder / "model/config.json");
  for (const std::string old : {"\"0\": \"no\"", "\"no\": 0"}) {
    const std::size_t at = config.find(old);
    ASSERT_NE(at, std::string::npos);
    config.replace(at + old.find("no"), 2, "topic:a");
  }
  write_text(folder / "model/config.json", config);
  write_text(folder / "some.txt", "the cat sat\n");
  const auto said = must_run(
      folder, "attribute model some.txt --method saliency --target topic:a --baseline zero -o a.h5ad");
  EXPECT_EQ(said["examples"][0]["target"], "topic:a");
}

}  // namespace
}  // namespace neurox::testing
