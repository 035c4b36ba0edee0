#include <gmock/gmock.h>

#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

/// A folder with a tiny model of a family and some text.
class TextFolder : public TempFolder {
 public:
  explicit TextFolder(const std::string& family) {
    tiny_model(*this, family);
    write_text(*this / "some.txt", "the cat sat\na dog\n");
  }
};

TEST(CommandAttribute, WordsGetAColumnPerMethodAndTheSumRuleIsTold) {
  const TextFolder folder("bert-sequence");
  const std::string command =
      "attribute model some.txt --method integrated-gradients,shapley,saliency -o a.h5ad --baseline zero";
  const auto said = must_run(folder, command);
  EXPECT_EQ(said["sentences"], 2);
  EXPECT_LT(std::abs(said["examples"][1]["delta"].get<double>()), 1e-6);
  const io::AnnData data = io::read_anndata(folder / "a.h5ad");
  EXPECT_EQ(*data.var.row_names, (std::vector<std::string>{"integrated-gradients", "shapley", "saliency"}));
  EXPECT_EQ(data.var.strings("join", "a"), (std::vector<std::string>{"sum", "sum", "l2"}));
  EXPECT_EQ(data.X->rows(), data.obs.rows);
  const std::string bytes = sha256_file(folder / "a.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "a.h5ad"), bytes);
}
TEST(CommandAttribute, FaithfulnessIsSetAgainstRandomWords) {
  const TextFolder folder("bert-sequence");
  const auto said = must_run(
      folder, "attribute model some.txt --method shapley,occlusion --faithfulness --baseline zero -o f.h5ad");
  ASSERT_EQ(said["faithfulness"].size(), 12U);
  EXPECT_EQ(said["faithfulness"][11]["method"], "random");
  EXPECT_GE(said["faithfulness"][3]["comprehensiveness"].get<double>(),
            said["faithfulness"][11]["comprehensiveness"].get<double>() - 1e-6);
}
TEST(CommandAttribute, NeuronsAreARankingThatAblateTakes) {
  const TextFolder folder("bert-sequence");
  const auto said = must_run(
      folder, "attribute model some.txt --method conductance --sites resid_post --baseline zero -o n.h5ad");
  EXPECT_EQ(said["top"].size(), 20U);
  const io::AnnData data = io::read_anndata(folder / "n.h5ad");
  EXPECT_EQ(*data.var.row_names, (std::vector<std::string>{"special", "word", "overall"}));
  EXPECT_NE(data.layer("signed_sum"), nullptr);
  const auto effect = must_run(folder, "ablate model some.txt --ranking n.h5ad --top 3 --random 2 -o e.h5ad");
  EXPECT_EQ(effect["conditions"], 4);
}
TEST(CommandAttribute, PairsOfWords) {
  const TextFolder folder("bert-sequence");
  must_run(folder,
           "attribute model some.txt --method shapley-taylor,integrated-hessians --baseline zero --steps 20 "
           "-o p.h5ad");
  const io::AnnData data = io::read_anndata(folder / "p.h5ad");
  const auto sentence = data.obs.numbers("sentence", "p");
  double sum = 0;
  for (Index r = 0; r < data.X->rows(); ++r)
    if (sentence[static_cast<std::size_t>(r)] == 0) sum += (*data.X)(r, 0);
  const auto& examples = data.uns.at("examples");
  EXPECT_NEAR(sum, examples["value"][0].get<double>() - examples["baseline_value"][0].get<double>(), 1e-4);
}
TEST(CommandAttribute, TargetsAreNamed) {
  const TextFolder lm("gpt2-lm");
  const auto next =
      must_run(lm, "attribute model some.txt --method occlusion --target next --baseline zero -o l.h5ad");
  EXPECT_FALSE(next["examples"][0]["target"].get<std::string>().empty());
  const auto given =
      must_run(lm, "attribute model some.txt --method occlusion --target next=ab --baseline zero -o g.h5ad");
  EXPECT_EQ(given["examples"][0]["target"], "ab");
  const auto unit = must_run(
      lm, "attribute model some.txt --method saliency --target mlp_post@0:3 --baseline zero -o u.h5ad");
  EXPECT_THAT(unit["examples"][0]["target"].get<std::string>(), HasSubstr("mlp_post@0:3 at token"));
  const TextFolder classifier("bert-sequence");
  const auto odds =
      must_run(classifier,
               "attribute model some.txt --method saliency --target 1 --against 0 --baseline zero -o o.h5ad");
  EXPECT_THAT(odds["examples"][0]["target"].get<std::string>(), HasSubstr(" against "));
  const TextFolder reader("bert-span");
  const auto start = must_run(
      reader,
      "attribute model some.txt --method integrated-gradients --target start --baseline zero -o s.h5ad");
  EXPECT_THAT(start["examples"][0]["target"].get<std::string>(), HasSubstr("start at token"));
  const TextFolder tagger("bert-token");
  const auto tag =
      must_run(tagger, "attribute model some.txt --method shapley --word 1 --baseline zero -o t.h5ad");
  EXPECT_THAT(tag["examples"][0]["target"].get<std::string>(), HasSubstr(" at token"));
}
TEST(CommandAttribute, WhatCannotBeDoneIsRefusedInOneLine) {
  const TextFolder folder("bert-sequence");
  const std::string words = "attribute model some.txt --baseline zero -o out.h5ad ";
  expect_refusal(folder, words, 2, "give --method");
  expect_refusal(folder, words + "--method shapely", 2, "did you mean 'shapley'");
  expect_refusal(folder, words + "--method saliency --target LABEL_9", 2, "no class of that name");
  expect_refusal(folder, words + "--method saliency --target next", 2, "predicts no next token");
  expect_refusal(folder, words + "--method saliency --target start", 2, "has no question answering head");
  expect_refusal(folder, words + "--method conductance --sites attn_pattern", 2, "has no neurons");
  expect_refusal(folder, words + "--method saliency --target gold", 2, "has no labels for it");
  write_text(folder / "long.txt", "a a a a a a a a a a a a a a a\n");
  expect_refusal(folder, "attribute model long.txt --method shapley --baseline zero -o out.h5ad", 2,
                 "long.txt:1: 15 words have 2^15 subsets, too many to try (at most 14 words); take --method "
                 "sampled-shapley or kernel-shap");
  const PipelineFolder headless;
  expect_refusal(headless, "attribute model dev.conllu --method saliency --baseline zero -o out.h5ad", 2,
                 "holds no head that predicts");
  std::string words_of_it;
  for (int i = 0; i < 300; ++i) words_of_it += "a ";
  write_text(folder / "long.txt", words_of_it + "\n");
  expect_refusal(folder, "attribute model long.txt --method saliency --baseline zero -o out.h5ad", 1,
                 "longer than the");
  expect_refusal(folder, "attribute model long.txt --method shapley --baseline zero -o out.h5ad", 1,
                 "long.txt:1");
}

}  // namespace
}  // namespace neurox::testing
