#include <gmock/gmock.h>

#include <cmath>

#include "apps/program.h"
#include "neurox/io/anndata.h"
#include "neurox/io/provenance.h"

/// `neurox cluster` of models side by side, and of factors.
namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

/// Two models (one of random weights) on the same text, and one of them on another text.
class TwoModels : public PipelineFolder {
 public:
  TwoModels() {
    must_run(*this, "extract model dev.conllu -o a.h5ad");
    must_run(*this, "extract model dev.conllu -o b.h5ad --random-init 5");
  }
};

TEST(ClusterSimilarity, EveryModelGetsARankingOfItsNeuronsThatOthersTake) {
  const TwoModels folder;
  const auto said =
      must_run(folder, "cluster a.h5ad b.h5ad --method maxcorr --also cka,linreg -o '{method}.{model}.h5ad'");
  EXPECT_EQ(said["outputs"].size(), 5U);
  const io::AnnData ranking = io::read_anndata(folder / "maxcorr.a.h5ad");
  EXPECT_EQ(io::provenance(ranking.uns).kind, "ranking");
  EXPECT_EQ(*ranking.var.row_names, (std::vector<std::string>{"b", "overall"}));
  EXPECT_EQ(ranking.X->col(0), ranking.X->col(1));
  for (const float x : ranking.X->reshaped()) EXPECT_TRUE(x >= 0 && x <= 1);
  EXPECT_NE(ranking.obs.strings("match_b", "maxcorr")[0].find("blocks."), std::string::npos);
  const auto again = must_run(folder, "rank --compare maxcorr.a.h5ad linreg.a.h5ad -o agreement.h5ad");
  EXPECT_EQ(again["pairs"].size(), 1U);
  must_run(folder, "probe a.h5ad --label upos --min-class 1 -o p.h5ad");
  must_run(folder,
           "ablate model dev.conllu --ranking maxcorr.a.h5ad --probe p.h5ad --top 2 --random 1 -o lost.h5ad");
  const io::AnnData layers = io::read_anndata(folder / "cka.layers.h5ad");
  EXPECT_EQ(io::provenance(layers.uns).kind, "similarity");
  for (const double x : layers.obs.numbers("cka", "cka")) EXPECT_TRUE(x >= 0 && x <= 1 + 1e-12);
}

TEST(ClusterSimilarity, AModelBesideItselfIsTheSame) {
  const TwoModels folder;
  std::filesystem::copy_file(folder / "a.h5ad", folder / "twin.h5ad");
  const auto said = must_run(folder, "cluster a.h5ad twin.h5ad --method mincorr -o out.h5ad");
  const io::AnnData data = io::read_anndata(folder / "out.h5ad");
  const auto match = data.obs.strings("match_twin", "out");
  for (Index i = 0; i < data.X->rows(); ++i) {
    if ((*data.X)(i, 1) == 0) continue;  // constant
    EXPECT_NEAR((*data.X)(i, 1), 1, 1e-6);
  }
  EXPECT_EQ(said["words"], 240);
  const std::string once = read_text(folder / "out.h5ad");
  must_run(folder, "cluster a.h5ad twin.h5ad --method mincorr -o out.h5ad --force");
  EXPECT_EQ(read_text(folder / "out.h5ad"), once);
}

TEST(ClusterSimilarity, FilesWhoseWordsDifferAreRefusedWithTheFirstDifference) {
  const TwoModels folder;
  std::string text = read_text(folder / "dev.conllu");
  folder.write_corpus("other.conllu", 1003, 60);
  must_run(folder, "extract model other.conllu -o other.h5ad");
  must_run(folder, "extract model dev.conllu -o short.h5ad --limit 50");
  expect_refusal(folder, "cluster a.h5ad other.h5ad --method cka -o out.h5ad", 1,
                 "(sentence 0, word 0), but in a.h5ad that place has");
  expect_refusal(folder, "cluster a.h5ad short.h5ad --method cka -o out.h5ad", 1,
                 "short.h5ad: 200 words but 240 in a.h5ad; the first that is in a.h5ad alone is");
  expect_refusal(folder, "cluster a.h5ad --method maxcorr -o out.h5ad", 2,
                 "maxcorr compares neurons of different models");
  expect_refusal(folder, "cluster a.h5ad b.h5ad --method cka --also mincor -o out.h5ad", 2,
                 "did you mean 'mincorr'?");
  expect_refusal(folder, "cluster a.h5ad b.h5ad --method cka --also mincorr -o out.h5ad", 2,
                 "put {method} in the name");
  must_run(folder, "extract model dev.conllu -o few.h5ad --limit 1");
  expect_refusal(folder, "cluster few.h5ad --method svcca -o out.h5ad", 1,
                 "tokens, so svcca would fit them exactly");
}

TEST(ClusterFactors, NeuronsWordsAndTextsOfFactorsAreInTheFiles) {
  const TwoModels folder;
  const auto said =
      must_run(folder, "cluster a.h5ad --method nmf --count 3 -o f.h5ad --factors-out over.h5ad");
  ASSERT_EQ(said["factors"].size(), 3U);
  const io::AnnData ranking = io::read_anndata(folder / "f.h5ad");
  EXPECT_EQ(ranking.X->cols(), 4);
  EXPECT_GE(ranking.X->minCoeff(), 0);
  const auto of_one =
      must_run(folder, "cluster a.h5ad --method nmf --count 2 --sentence 7 --match f.h5ad -o one.h5ad");
  EXPECT_EQ(of_one["tokens"], 4);
  EXPECT_THAT(of_one["factors"][0]["matched with"].get<std::string>(), HasSubstr("factor_"));
  // Factors over the text are activations: does one know the label?
  must_run(folder, "rank over.h5ad --label upos --method auroc -o by.h5ad");
  const auto pca = must_run(folder, "cluster a.h5ad --method pca --count 3 -o p.h5ad");
  EXPECT_GT(pca["share of the variance"].get<double>(), 0.1);
  EXPECT_NE(io::read_anndata(folder / "p.h5ad").layer("signed"), nullptr);
  must_run(folder, "report f.h5ad p.h5ad -o r.html");
  EXPECT_THAT(read_text(folder / "r.html"), HasSubstr("Factors of activations"));
}

TEST(ClusterFactors, FewerTokensThanFactorsAreRefused) {
  const TwoModels folder;
  expect_refusal(folder, "cluster a.h5ad --method nmf --count 5 --sentence 3 -o out.h5ad", 1,
                 "nmf: 5 components of 4 tokens");
  expect_refusal(folder, "cluster a.h5ad --method pca --count 5 --sentence 3 -o out.h5ad", 1,
                 "5 components of 4 tokens");
  expect_refusal(folder, "cluster a.h5ad --method pca --sentence 99 -o out.h5ad", 2, "--sentence 99");
  expect_refusal(folder, "cluster a.h5ad --method pca --solver mu -o out.h5ad", 2,
                 "--solver goes with --method nmf, not pca");
}

}  // namespace
}  // namespace neurox::testing
