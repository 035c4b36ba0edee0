#include <gmock/gmock.h>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

/// A random GPT-2 with prompts.
class WritingFolder : public TempFolder {
 public:
  WritingFolder() {
    tiny_model(*this, "gpt2-lm");
    write_text(*this / "prompts.txt", "ab c\nde f g\nh\n");
    write_text(*this / "words.txt", "a\nb\nc\nd\ne\nf\n");
    write_text(*this / "wanted.txt", "a b c\nd e f\ng h\n");
    write_text(*this / "pairs.jsonl",
               "{\"good\": \"ab cd\", \"bad\": \"ab xy\", \"UID\": \"one\"}\n{\"good\": \"fg h\", \"bad\": "
               "\"fg q\", "
               "\"UID\": \"two\"}\n");
  }
};

TEST(AblateWriting, TextsStandSideBySideWithTheirFigures) {
  const WritingFolder folder;
  const std::string command =
      "ablate model prompts.txt --neurons resid_post@0:0-3 --operation set=0,set=4,add=2 --generate 6 "
      "--words "
      "words.txt --references wanted.txt -o w.h5ad";
  const auto said = must_run(folder, command);
  ASSERT_EQ(said["effects"].size(), 4U);
  EXPECT_EQ(said["effects"][0]["changed"], 0);
  EXPECT_EQ(said["effects"][0]["perplexity_ratio"], 1);
  EXPECT_EQ(said["texts"].size(), 3U);
  EXPECT_EQ(said["texts"][1]["prompt"], "de f g");
  EXPECT_EQ(said["texts"][1]["texts"].size(), 4U);
  const io::AnnData data = io::read_anndata(folder / "w.h5ad");
  EXPECT_EQ(data.uns.at("texts").at("text").size(), 12U);
  EXPECT_NE(data.obs.find("concept_rate"), nullptr);
  EXPECT_NE(data.obs.find("bleu"), nullptr);
  const std::string bytes = sha256_file(folder / "w.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "w.h5ad"), bytes);
  must_run(folder, "report w.h5ad -o r.html");
  const std::string page = read_text(folder / "r.html");
  EXPECT_THAT(page, HasSubstr("What it writes"));
  EXPECT_THAT(page, HasSubstr("de f g"));
}
TEST(AblateWriting, WithoutNeuronsTheUntouchedModelWrites) {
  const WritingFolder folder;
  const auto alone = must_run(folder, "ablate model prompts.txt --generate 6 -o w.h5ad"),
             beside =
                 must_run(folder, "ablate model prompts.txt --neurons mlp_post@0:3 --generate 6 -o b.h5ad");
  ASSERT_EQ(alone["effects"].size(), 1U);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(alone["texts"][i]["texts"][0]["text"], beside["texts"][i]["texts"][0]["text"]);
  must_run(folder, "report w.h5ad -o r.html");
  expect_refusal(folder, "ablate model prompts.txt -o out.h5ad", 2, "nothing to ablate");
}
/// Settings of the model's folder, and the options that go before them.
TEST(AblateWriting, OptionsGoBeforeTheFoldersSettings) {
  const WritingFolder folder;
  const std::string start = "ablate model prompts.txt --generate 12 -o w.h5ad --force ";
  const auto texts = [&](const std::string& more) {
    const auto said = must_run(folder, start + more);
    std::vector<std::string> out;
    for (const auto& prompt : said["texts"]) out.push_back(prompt["texts"][0]["text"]);
    EXPECT_EQ(out.size(), 3U);
    return out;
  };
  const auto settings = [&] { return io::read_anndata(folder / "w.h5ad").uns.at("neurox").at("settings"); };
  const auto greedy = texts("");
  EXPECT_EQ(settings().at("beams"), 1);
  const auto searched =
                 texts("--beams 3 --no-repeat 2 --least-tokens 4 --length-penalty 2 --early-stopping yes"),
             penalised = texts("--repetition-penalty 1.5");
  EXPECT_NE(greedy, searched);
  EXPECT_NE(greedy, penalised);
  write_text(folder / "model/generation_config.json",
             R"({"eos_token_id": 60, "num_beams": 3, "no_repeat_ngram_size": 2, "min_new_tokens": 4,
                 "length_penalty": 2.0, "early_stopping": true})");
  EXPECT_EQ(texts(""), searched);
  EXPECT_EQ(settings().at("beams"), 3);
  EXPECT_EQ(settings().at("no_repeat_ngram_size"), 2);
  EXPECT_EQ(texts("--beams 1 --no-repeat 0 --least-tokens 0"), greedy);
  EXPECT_EQ(texts("--beams 1 --no-repeat 0 --least-tokens 0 --repetition-penalty 1.5"), penalised);
  must_run(folder, start + "--temperature 0.8");
  EXPECT_EQ(settings().at("beams"), 1) << "what is sampled is not searched";
  expect_refusal(folder, "ablate model prompts.txt --neurons mlp_post@0:1 --no-repeat 2 -o out.h5ad", 2,
                 "--no-repeat is about what is written: give --generate TOKENS");
  write_text(folder / "model/generation_config.json", R"({"num_beams": "three"})");
  expect_refusal(folder, "ablate model prompts.txt --generate 4 -o out.h5ad", 1,
                 "generation_config.json: num_beams: \"three\" is no integer");
}
TEST(AblateWriting, SamplesAndBeamsAreTakenAndSchedulesTold) {
  const WritingFolder folder;
  const std::string start =
      "ablate model prompts.txt --neurons resid_post@0:0-3 --operation set=4 --generate 6 -o w.h5ad --force ";
  EXPECT_EQ(
      must_run(folder, start + "--samples 3 --temperature 0.9 --top-p 0.95 --seed 4")["effects"][1]["texts"],
      9);
  must_run(folder, start + "--beams 3 --positions generated:2-3");
  must_run(folder, start + "--positions prompt");
  must_run(folder, start + "--positions /^d/ --operation resample --donors prompts.txt");
  expect_refusal(folder, start + "--positions generated:5-2", 2, "no range of new tokens", "none");
}
TEST(AblateWriting, WhatDoesNotFitIsRefused) {
  const WritingFolder folder;
  write_text(folder / "two.txt", "a\nb\n");
  const std::string start = "ablate model prompts.txt --neurons resid_post@0:0 -o out.h5ad ";
  expect_refusal(folder, start + "--words words.txt", 2, "give --generate TOKENS");
  expect_refusal(folder, start + "--generate 4 --references two.txt", 1, "2 references but 3 prompts");
  expect_refusal(folder, start + "--generate 4 --beams 2 --temperature 1", 2, "take one of the two");
  const PipelineFolder encoder;
  expect_refusal(encoder, "ablate model dev.conllu --neurons resid_post@0:0 --generate 4 -o out.h5ad", 2,
                 "no causal language model");
}
TEST(AblateScores, DivergencePairsAndClassesAreMeasured) {
  const WritingFolder folder;
  const auto said =
      must_run(folder,
               "ablate model pairs.jsonl --neurons resid_post@0:0-3 --operation set=4 --measure "
               "likelihood,kl,pairs --label-column UID -o a.h5ad");
  double kl = -1, pairs = -1;
  for (const auto& row : said["effects"]) {
    if (row["ablated"] != "list") continue;
    if (row["target"] == "pairs") pairs = row["accuracy"].get<double>();
    if (row["kl"].is_number()) kl = row["kl"].get<double>();
  }
  EXPECT_GT(kl, 0);
  EXPECT_GE(pairs, 0);
  expect_refusal(folder, "ablate model prompts.txt --neurons resid_post@0:0 --measure pairs -o out.h5ad", 2,
                 "has no minimal pairs");
}
TEST(AblateEach, EveryNeuronsEffectIsARankingThatAblateTakesAgain) {
  const WritingFolder folder;
  must_run(folder, "ablate model prompts.txt --neurons mlp_post@0 --each --as-ranking -o each.rank.h5ad");
  const io::AnnData ranking = io::read_anndata(folder / "each.rank.h5ad");
  must_run(folder, "ablate model prompts.txt --neurons mlp_post@0 --each -o each.h5ad");
  const io::AnnData table = io::read_anndata(folder / "each.h5ad");
  const auto rise = table.obs.numbers("nll_rise", "each");
  ASSERT_EQ(static_cast<std::size_t>(ranking.X->rows()) + 1, rise.size());
  for (Index n = 0; n < ranking.X->rows(); ++n)
    EXPECT_NEAR((*ranking.X)(n, 0), rise[static_cast<std::size_t>(n) + 1], 1e-6);
  must_run(folder, "ablate model prompts.txt --ranking each.rank.h5ad --top 3 -o top.h5ad");
}
TEST(AblateEach, TheFirstOfAGreedySetIsTheNeuronWithTheLargestEffect) {
  const WritingFolder folder;
  must_run(folder, "ablate model prompts.txt --neurons mlp_post@0:0-9 --each --as-ranking -o each.rank.h5ad");
  const auto said =
      must_run(folder, "ablate model prompts.txt --neurons mlp_post@0:0-9 --greedy 3 -o greedy.h5ad");
  ASSERT_EQ(said["greedy"].size(), 3U);
  const io::AnnData ranking = io::read_anndata(folder / "each.rank.h5ad");
  double best = -1e9;
  for (Index n = 0; n < 10; ++n) best = std::max(best, static_cast<double>((*ranking.X)(n, 0)));
  EXPECT_NEAR(said["greedy"][0]["effect"].get<double>(), best, 1e-6);
  EXPECT_GE(said["greedy"][2]["effect"].get<double>(), said["greedy"][0]["effect"].get<double>() - 1e-6);
}
TEST(AblateSaveModel, TheSmallerFolderHasTheEditedModelsLikelihood) {
  const WritingFolder folder;
  const auto said =
      must_run(folder,
               "ablate model prompts.txt --neurons mlp_post@0:0-9,mlp_post@1:3-8 --save-model small -o "
               "a.h5ad");
  const auto again =
      must_run(folder, "ablate small prompts.txt --neurons mlp_post@0:0 --operation scale=1 -o b.h5ad");
  EXPECT_NEAR(again["effects"][0]["nll"].get<double>(), said["effects"][1]["nll"].get<double>(), 1e-5);
  expect_refusal(folder, "ablate model prompts.txt --neurons resid_post@0:0 --save-model s2 -o out.h5ad", 2,
                 "leaves out units of mlp_post");
  expect_refusal(
      folder, "ablate model prompts.txt --neurons mlp_post@0:0 --operation set=1 --save-model s2 -o out.h5ad",
      2, "which is --operation zero");
}

}  // namespace
}  // namespace neurox::testing
