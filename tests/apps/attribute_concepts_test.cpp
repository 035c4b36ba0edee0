#include <gtest/gtest.h>

#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

/// Text, and a ranking of a classifier's neurons.
class ConceptFolder : public TempFolder {
 public:
  ConceptFolder() {
    tiny_model(*this, "bert-sequence");
    write_text(*this / "some.txt", "the cat sat\na dog\n");
    must_run(*this, method() + "--sites resid_post -o r.h5ad");
  }
  static std::string method() {
    return "attribute model some.txt --method conductance --baseline zero --target 1 ";
  }
};

TEST(AttributeConcepts, AllWeightOnOneNeuronIsThatNeuronsConductance) {
  const ConceptFolder folder;
  io::AnnData ranking = io::read_anndata(folder / "r.h5ad");
  const double expected = (*ranking.layer("signed_sum"))(30, 2);
  ranking.X->setZero();
  ranking.X->col(0).setConstant(1);
  ranking.X->col(1).head(24).setConstant(2);
  (*ranking.X)(30, 2) = 5;
  io::write_anndata(folder / "planted.h5ad", ranking, {});
  const auto said = must_run(folder, ConceptFolder::method() + "--concepts planted.h5ad -o use.h5ad");
  EXPECT_EQ(said["sentences"], 2);
  const io::AnnData data = io::read_anndata(folder / "use.h5ad");
  ASSERT_EQ(data.X->rows(), 6);
  EXPECT_EQ(*data.var.row_names, (std::vector<std::string>{"use", "permuted_mean", "permuted_sd", "z", "p"}));
  EXPECT_EQ(data.obs.strings("concept", "use"),
            (std::vector<std::string>{"special", "word", "overall", "special", "word", "overall"}));
  EXPECT_EQ(data.obs.strings("ranking", "use").front(), "planted.h5ad");
  // Mean over the sentences, and the corpus.
  EXPECT_NEAR(((*data.X)(2, 0) + (*data.X)(5, 0)) / 2, expected, 1e-6);
  EXPECT_NEAR(data.uns.at("corpus").at("use")[2].get<double>(), expected, 1e-6);
  // The same score for a whole layer: every permutation is that.
  for (const Index row : {0, 1}) {
    EXPECT_NEAR((*data.X)(row, 0), (*data.X)(row, 1), 1e-6);
    EXPECT_EQ((*data.X)(row, 4), 1);
  }
}
TEST(AttributeConcepts, WhatThePredictionUsesIsToldFromChance) {
  const ConceptFolder folder;
  const std::string command =
      ConceptFolder::method() + "--concepts r.h5ad,r.h5ad --permutations 99 -o use.h5ad";
  const auto said = must_run(folder, command);
  EXPECT_EQ(said["concepts"].size(), 6U);
  for (const auto& row : said["concepts"]) {
    EXPECT_GE(row["p"].get<double>(), 0.01);
    EXPECT_LE(row["p"].get<double>(), 1);
  }
  EXPECT_EQ(said["examples"].size(), 2U);
  const std::string bytes = sha256_file(folder / "use.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "use.h5ad"), bytes);
}
TEST(AttributeConcepts, RankingsThatDoNotFitAreRefused) {
  const ConceptFolder folder;
  const std::string run = ConceptFolder::method() + "-o out.h5ad --concepts ";
  expect_refusal(folder, run + "r.h5ad --sites mlp_post", 2,
                 "ranks neurons of blocks.0.hook_resid_post, which --sites 'mlp_post' leaves out");
  expect_refusal(folder, "attribute model some.txt --method shapley --concepts r.h5ad -o out.h5ad", 2,
                 "--concepts: no method 'shapley' for neurons");
  expect_refusal(folder,
                 "attribute model some.txt --method conductance,gradient --concepts r.h5ad -o out.h5ad", 2,
                 "--concepts: 2 methods; give one for each output");
  must_run(folder, ConceptFolder::method() + "--concepts r.h5ad -o use.h5ad");
  expect_refusal(folder, run + "use.h5ad", 1, "use.h5ad: is a file of kind 'concepts', not a ranking");
  io::AnnData ranking = io::read_anndata(folder / "r.h5ad");
  ranking.X->col(1).setZero();
  io::write_anndata(folder / "zero.h5ad", ranking, {});
  expect_refusal(folder, run + "zero.h5ad", 1, "zero.h5ad: the scores of 'word' are all 0; rank it anew");
  ranking.uns["neurox"]["model_sha256"] = std::string(64, 'a');
  io::write_anndata(folder / "other.h5ad", ranking, {});
  expect_refusal(folder, run + "other.h5ad", 1, "other.h5ad");
  const TempFolder gpt;
  tiny_model(gpt, "bert-mlm");
  write_text(gpt / "some.txt", "a dog\n");
  must_run(
      gpt,
      "attribute model some.txt --method conductance --target resid_post@1:0 --sites resid_post@0 -o r.h5ad");
  std::filesystem::copy_file(gpt / "r.h5ad", folder / "mlm.h5ad");
  expect_refusal(folder, run + "mlm.h5ad", 1, "mlm.h5ad: made with model");
}

}  // namespace
}  // namespace neurox::testing
