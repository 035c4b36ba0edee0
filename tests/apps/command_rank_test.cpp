#include <gmock/gmock.h>

#include <cmath>
#include <numeric>
#include <set>

#include "apps/program.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

TEST(CommandRank, RowsMayBeWholeSentencesWhichHaveNoWords) {
  const PipelineFolder folder;
  must_run(folder, "extract model train.conllu --unit sentence -o s.h5ad");
  must_run(folder, "label s.h5ad --text-has 'q=q' -o q.h5ad");
  const auto said = must_run(
      folder, "rank s.h5ad --labels q.h5ad --label q --min-class 2 --method auroc --sets 5 -o r.h5ad");
  EXPECT_TRUE(said["sets"][0]["control"].is_null());
  EXPECT_TRUE(said["sets"][0]["selectivity"].is_null());
}
TEST(CommandRank, RanksAreAPermutationPerConceptAndFollowTheScores) {
  const PipelineFolder folder;
  folder.make_ranking();
  const io::AnnData data = io::read_anndata(folder / "v.rank.h5ad");
  ASSERT_EQ(*data.var.row_names, (std::vector<std::string>{"C", "V", "overall"}));
  const MatrixF& scores = *data.X;
  const MatrixF& ranks = *data.layer("rank");
  for (Index c = 0; c < scores.cols(); ++c) {
    std::set<float> seen(ranks.col(c).begin(), ranks.col(c).end());
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(ranks.rows()));
    EXPECT_EQ(*seen.begin(), 1.0F);
    for (Index i = 0; i < scores.rows(); ++i)
      for (Index j = 0; j < scores.rows(); ++j)
        if (scores(i, c) > scores(j, c)) {
          EXPECT_LT(ranks(i, c), ranks(j, c));
        }
  }
  for (Index c = 0; c < 2; ++c) EXPECT_NEAR(scores.col(c).sum(), 1, 1e-5) << "shares of a class's mass";
}
TEST(CommandRank, SaysHowManyNeuronsAShareOfTheMassNeeds) {
  const PipelineFolder folder;
  folder.make_ranking();
  const auto said = must_run(folder, "rank v.probe.h5ad -o r.h5ad --shares 0.1,0.5,1");
  ASSERT_EQ(said["neurons_for_mass"].size(), 3U);
  EXPECT_LE(said["neurons_for_mass"][0]["neurons"].get<int>(),
            said["neurons_for_mass"][1]["neurons"].get<int>());
  EXPECT_LE(said["neurons_for_mass"][1]["neurons"].get<int>(),
            said["neurons_for_mass"][2]["neurons"].get<int>());
}

/// Activations of two blocks with labels C and V.
class LabelledFolder : public PipelineFolder {
 public:
  LabelledFolder() { must_run(*this, "extract model train.conllu -o train.h5ad"); }
};

TEST(CommandRank, ByLabelsWritesAFileThatAblateTakesLikeAnyOther) {
  const LabelledFolder folder;
  const auto said = must_run(folder, "rank train.h5ad --label upos --method auroc -o r.h5ad --show 3");
  const io::AnnData data = io::read_anndata(folder / "r.h5ad");
  ASSERT_EQ(*data.var.row_names, (std::vector<std::string>{"C", "V", "overall"}));
  ASSERT_EQ(said["top"].size(), 3U);
  const MatrixF& scores = *data.X;
  const MatrixF& ranks = *data.layer("rank");
  for (Index c = 0; c < scores.cols(); ++c)
    for (Index i = 1; i < scores.rows(); ++i)
      if (ranks(i, c) > ranks(0, c)) {
        EXPECT_LE(scores(i, c), scores(0, c));
      }
  must_run(folder, "probe train.h5ad --label upos -o v.probe.h5ad");
  must_run(folder,
           "ablate model dev.conllu --ranking r.h5ad --probe v.probe.h5ad --top 2 --random 1 -o a.h5ad");
}
TEST(CommandRank, EveryMethodWritesAFileOfItsOwn) {
  const LabelledFolder folder;
  const auto said = must_run(
      folder, "rank train.h5ad --label upos --method all --count 3 --bins 4 --trees 5 -o '{method}.h5ad'");
  ASSERT_GE(said["outputs"].size(), 15U);
  for (const auto& output : said["outputs"]) {
    const io::AnnData data = io::read_anndata(folder / output.get<std::string>());
    EXPECT_EQ(data.uns["ranking"]["method"].get<std::string>() + ".h5ad", output.get<std::string>());
    EXPECT_TRUE(data.X->allFinite()) << output;
  }
}
TEST(CommandRank, NumbersAreTakenByMethodsThatCorrelate) {
  const LabelledFolder folder;
  const auto said = must_run(
      folder,
      "rank train.h5ad --label position --numeric --method correlation,spearman,ridge -o '{method}.h5ad'");
  EXPECT_EQ(*io::read_anndata(folder / "spearman.h5ad").var.row_names, (std::vector<std::string>{"overall"}));
  EXPECT_EQ(said["most"], 3);
  expect_refusal(folder, "rank train.h5ad --label position --numeric --method auroc -o out.h5ad", 2,
                 "--method auroc takes no numbers, but 'position' holds them; these do: correlation, ");
}
TEST(CommandRank, BeliefIsKeptWithTheScoresAndRepeatsByItsSeed) {
  const LabelledFolder folder;
  const std::string arguments =
      "rank train.h5ad --label upos --method cohens-d --permutations 30 --bootstrap 10 --halves 2 --seed 4 "
      "-o ";
  const auto said = must_run(folder, arguments + "one.h5ad");
  must_run(folder, arguments + "two.h5ad");
  const io::AnnData one = io::read_anndata(folder / "one.h5ad"), two = io::read_anndata(folder / "two.h5ad");
  for (const char* layer : {"p", "q", "low", "high", "signed"}) {
    ASSERT_NE(one.layer(layer), nullptr) << layer;
    EXPECT_TRUE(one.layer(layer)->isApprox(*two.layer(layer), 0)) << layer;
  }
  EXPECT_GE(one.layer("p")->minCoeff(), 1.0F / 31);
  EXPECT_TRUE(((one.layer("high")->array() - one.layer("low")->array()) >= 0).all());
  EXPECT_TRUE(said["concepts"][0].contains("halves' correlation"));
  EXPECT_EQ(one.uns["belief"]["discoveries"].size(), 3U);
}
TEST(CommandRank, SetsAreProbedBesideRandomNeuronsAndARandomModel) {
  const LabelledFolder folder;
  must_run(folder, "extract model train.conllu -o random.h5ad --random-init 5");
  const auto said =
      must_run(folder,
               "rank train.h5ad --label upos --method auroc,gaussian --count 4 --sets 2,6 --random-sets 2 "
               "--random-model random.h5ad -o '{method}.h5ad'");
  ASSERT_EQ(said["sets"].size(), 4U);
  for (const auto& set : said["sets"]) {
    EXPECT_GE(set["accuracy"].get<double>(), 0);
    EXPECT_LE(set["least"].get<double>(), set["most"].get<double>());
    EXPECT_TRUE(set["random model"].is_number());
  }
  EXPECT_GT(said["all neurons"].get<double>(), said["majority class"].get<double>());
  const io::AnnData data = io::read_anndata(folder / "auroc.h5ad");
  EXPECT_EQ(data.uns["sets"]["neurons"].size(), 2U);
}
TEST(CommandRank, SearchesTakeTheirOptionsAndKeepThem) {
  const LabelledFolder folder;
  const std::string run = "rank train.h5ad --label upos --count 2 --force -o r.h5ad --method ";
  const auto kept = [&](const std::string& asked) {
    must_run(folder, run + asked);
    return io::read_anndata(folder / "r.h5ad").uns.at("ranking");
  };
  const auto gaussian = kept("gaussian --prior shrunk --kappa 3 --first-pair");
  EXPECT_EQ(gaussian.at("kappa"), 3.0);
  EXPECT_EQ(gaussian.at("first_pair"), true);
  EXPECT_EQ(gaussian.at("count"), 2);
  EXPECT_FALSE(kept("gaussian-train").contains("first_pair"));
  const auto genetic = kept("genetic --population 6 --generations 3 --mutation 0.2");
  EXPECT_EQ(genetic.at("population"), 6);
  EXPECT_EQ(genetic.at("generations"), 3);
  EXPECT_EQ(genetic.at("mutation"), 0.2);
  EXPECT_EQ(kept("greedy --halves 1").at("count"), 2);
}
TEST(CommandRank, NaNIsNamedByRowAndNeuron) {
  const LabelledFolder folder;
  io::AnnData data = io::read_anndata(folder / "train.h5ad");
  (*data.X)(3, 1) = std::nanf("");
  const std::string address = (*data.var.row_names)[1];
  io::write_anndata(folder / "nan.h5ad", data, {});
  for (const char* method : {"auroc", "probeless"})
    expect_refusal(folder, std::string("rank nan.h5ad --label upos -o out.h5ad --method ") + method, 1,
                   "nan.h5ad: NaN at row 3 of " + address);
}
TEST(CommandRank, ConstantNeuronsAreNamedAndScoreNothing) {
  const LabelledFolder folder;
  io::AnnData data = io::read_anndata(folder / "train.h5ad");
  data.X->col(1).setConstant(2);
  for (io::Column& column : data.var.columns)
    if (column.name == "min" || column.name == "max") std::get<std::vector<double>>(column.data)[1] = 2;
  io::write_anndata(folder / "dead.h5ad", data, {});
  const Outcome outcome = run_neurox(folder, "rank dead.h5ad --label upos --method cohens-d -o r.h5ad");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(
      outcome.err,
      HasSubstr("neurons are constant and tell nothing apart (the first: " + (*data.var.row_names)[1] + ")"));
  EXPECT_EQ(io::read_anndata(folder / "r.h5ad").X->row(1).cwiseAbs().maxCoeff(), 0);
}
TEST(CommandRank, WhatCannotBeRankedIsRefused) {
  const LabelledFolder folder;
  must_run(folder, "probe train.h5ad --label upos -o v.probe.h5ad");
  must_run(folder, "rank v.probe.h5ad -o v.rank.h5ad");
  expect_refusal(folder, "rank train.h5ad -o out.h5ad", 2,
                 "say --label NAME and --method NAME, or give a probe");
  expect_refusal(folder, "rank v.rank.h5ad --label upos --method auroc -o out.h5ad", 1,
                 "is a file of kind 'ranking', not a probe or activations");
  expect_refusal(folder, "rank v.probe.h5ad --method auroc -o out.h5ad", 2, "leave --label and --method out");
  expect_refusal(folder, "rank train.h5ad --label upos --method gaussian --count 5000 -o out.h5ad", 2,
                 "--count 5000: gaussian chooses among");
  expect_refusal(folder, "rank train.h5ad --label upos --method auroc --sets 10,5000 -o out.h5ad", 2,
                 "--sets 5000: there are");
  expect_refusal(folder, "rank train.h5ad --label upos --method aurok -o out.h5ad", 2,
                 "no ranking method 'aurok' (did you mean 'auroc'?)");
  expect_refusal(folder, "rank train.h5ad --label upos --method auroc,probeless -o out.h5ad", 2,
                 "put {method} in the name");
  expect_refusal(folder, "rank train.h5ad --label upos --method gaussian --permutations 5 -o out.h5ad", 2,
                 "gaussian searches a set");
  expect_refusal(folder, "rank train.h5ad --label upos --method forest --bootstrap 5 -o out.h5ad", 2,
                 "forest fits all neurons at once and counts every token once");
  expect_refusal(folder, "rank train.h5ad --label upos --method auroc --min-class 100000 -o out.h5ad", 1, "");
  expect_refusal(folder, "rank train.h5ad --label upos --method auroc --random-model train.h5ad -o out.h5ad",
                 2, "--random-model goes with --sets");
  folder.write_corpus("other.conllu", 1, 120);
  must_run(folder, "extract model other.conllu -o other.h5ad --random-init 5");
  expect_refusal(folder,
                 "rank train.h5ad --label upos --method auroc --sets 2 --random-model other.h5ad -o out.h5ad",
                 1, "other.h5ad: row 0 is 'b' but 'aa' in train.h5ad");
  expect_refusal(folder, "rank train.h5ad --label upos --method auroc -o train.h5ad", 1, "train.h5ad",
                 "none");
}

}  // namespace
}  // namespace neurox::testing
