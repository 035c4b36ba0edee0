#include <gmock/gmock.h>

#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/activation_writer.h"
#include "neurox/io/anndata.h"
#include "neurox/io/neuron_table.h"
#include "neurox/io/provenance.h"

/// `neurox rank --compare`.
namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

const std::vector<SiteColumns> kSite{{"blocks.0.hook_resid_post", 0, 6, 0}};

/// A ranking of six neurons for NOUN and overall.
void write_ranking(const std::filesystem::path& path, const std::vector<float>& noun,
                   const std::vector<float>& overall, const std::string& model = "tiny") {
  io::AnnData data;
  const NeuronAxis axis = all_neurons(kSite);
  data.obs = io::neuron_table(axis);
  data.var.rows = 2;
  data.var.row_names = std::vector<std::string>{"NOUN", "overall"};
  data.X = MatrixF(6, 2);
  for (Index i = 0; i < 6; ++i) {
    (*data.X)(i, 0) = noun[static_cast<std::size_t>(i)];
    (*data.X)(i, 1) = overall[static_cast<std::size_t>(i)];
  }
  io::Provenance p;
  p.kind = "ranking", p.version = "0.1.0", p.model = model;
  p.model_sha256 = std::string(64, model == "tiny" ? '1' : '2');
  data.uns["neurox"] = io::to_tree(p);
  data.uns["sites"] = io::sites_tree(axis);
  data.uns["ranking"] = {{"method", path.stem().string()}, {"label", "upos"}};
  io::write_anndata(path, data, {});
}

class RankingsFolder : public TempFolder {
 public:
  RankingsFolder() {
    write_ranking(*this / "a.rank.h5ad", {6, 5, 4, 3, 2, 1}, {6, 5, 4, 3, 2, 1});
    write_ranking(*this / "b.rank.h5ad", {1, 2, 3, 4, 5, 6}, {6, 5, 4, 3, 1, 2});
    write_ranking(*this / "c.rank.h5ad", {6, 5, 4, 3, 2, 1}, {5, 6, 1, 2, 3, 4});
  }
};

TEST(RankCompare, PairsVotesAndConsensusAreInTheTableTheJsonAndTheFiles) {
  const RankingsFolder folder;
  const std::string command =
      "rank --compare a.rank.h5ad b.rank.h5ad c.rank.h5ad --first 2,4 --show 2 -o out.h5ad "
      "--consensus together.h5ad";
  const auto said = must_run(folder, command);
  ASSERT_EQ(said["pairs"].size(), 3U);
  const auto& ac = said["pairs"][1];
  EXPECT_EQ(ac["first"], "a");
  EXPECT_EQ(ac["second"], "c");
  EXPECT_EQ(ac["overlap@2"], 1.0);
  EXPECT_EQ(ac["overlap@4"], 0.5);
  // With 4, 3, 2, 1 votes: 0 has 4 + 4 + 3 of 12, 1 has 3 + 3 + 4.
  EXPECT_EQ(said["consensus"][0]["neuron"], "blocks.0.hook_resid_post:0");
  EXPECT_NEAR(said["consensus"][0]["votes"].get<double>(), 11.0 / 12, 1e-12);
  EXPECT_EQ(said["consensus"][0]["its places"], "1 1 2");
  EXPECT_EQ(said["rankings"][0]["NeuronVote"], 1.0);
  const io::AnnData data = io::read_anndata(folder / "out.h5ad");
  EXPECT_EQ(io::provenance(data.uns).kind, "comparison");
  EXPECT_EQ(data.obs.numbers("overlap_4", "")[1], 0.5);
  EXPECT_EQ(data.obs.numbers("kendall", "")[1], ac["Kendall"].get<double>());
  EXPECT_EQ(data.uns.at("consensus").at("neuron").size(), 6U);
  const io::AnnData together = io::read_anndata(folder / "together.h5ad");
  EXPECT_EQ(io::provenance(together.uns).kind, "ranking");
  EXPECT_EQ((*together.layer("rank"))(1, 0), 2.0F);
  const std::string bytes = sha256_file(folder / "out.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "out.h5ad"), bytes);
  // A consensus is a ranking like any other.
  EXPECT_EQ(must_run(folder, "rank --compare a.rank.h5ad together.h5ad -o more.h5ad")["pairs"].size(), 1U);
  const Outcome shown = run_neurox(folder, "rank --compare a.rank.h5ad b.rank.h5ad --first 2 -o shown.h5ad");
  EXPECT_THAT(shown.out, HasSubstr("overall: shared among the first 2"));
  EXPECT_THAT(shown.out, HasSubstr("██ 1.00"));
  EXPECT_THAT(must_run(folder, "report out.h5ad -o page.html")["output"].get<std::string>(), "page.html");
}

TEST(RankCompare, ConceptsAreChosenOnePerFileEachOrAllWithAll) {
  const RankingsFolder folder;
  const std::string two = "rank --compare a.rank.h5ad b.rank.h5ad --first 2 ";
  EXPECT_EQ(must_run(folder, two + "--concept NOUN -o 1.h5ad")["pairs"][0]["overlap@2"], 0.0);
  const auto crossed = must_run(folder, two + "--concept NOUN,overall -o 2.h5ad");
  EXPECT_EQ(crossed["pairs"][0]["first"], "a: NOUN");
  EXPECT_EQ(crossed["pairs"][0]["second"], "b: overall");
  EXPECT_EQ(crossed["pairs"][0]["overlap@2"], 1.0);
  const auto each = must_run(folder, two + "--each-concept -o 3.h5ad");
  ASSERT_EQ(each["pairs"].size(), 2U);
  EXPECT_EQ(each["pairs"][1]["concept"], "overall");
  const auto all = must_run(folder, two + "--concept-pairs -o 4.h5ad");
  ASSERT_EQ(all["pairs"].size(), 1U) << "overall is left out";
  EXPECT_EQ(all["pairs"][0]["second"], "b: NOUN");
}

TEST(RankCompare, CorrelatedNeuronsCountAsOne) {
  const RankingsFolder folder;
  io::ActivationWriterOptions options;
  options.provenance.kind = "activations";
  {
    io::ActivationWriter out(folder / "acts.h5ad", all_neurons(kSite), options);
    out.add_sentence("x");
    io::TokenRows rows;
    MatrixF X(64, 6);
    for (int r = 0; r < 64; ++r) {
      rows.token.push_back("x"), rows.sentence.push_back(0), rows.position.push_back(r);
      rows.char_begin.push_back(0), rows.char_end.push_back(1), rows.pieces.push_back(1),
          rows.status.push_back(io::TokenStatus::Ok);
      for (int j = 0; j < 6; ++j)  // 2 and 5 are one, as are 3 and 4
        X(r, j) = static_cast<float>((r >> (j == 5 ? 2 : j == 4 ? 3 : j)) % 2 * (j < 3 ? 1 : -3));
    }
    out.add_rows(rows);
    out.seal();
    out.write_rows(0, X);
    out.finish();
  }
  // The first four of a: {0, 1, 2, 3}; of c: {1, 0, 5, 4}. Merged, both are the four groups.
  const auto said =
      must_run(folder, "rank --compare a.rank.h5ad c.rank.h5ad --first 4 --merge acts.h5ad -o out.h5ad");
  EXPECT_EQ(said["groups among them"], 4);
  EXPECT_EQ(said["pairs"][0]["overlap@4"], 0.5);
  EXPECT_EQ(said["pairs"][1]["unit"], "group");
  EXPECT_EQ(said["pairs"][1]["overlap@4"], 1.0);
  expect_refusal(folder, "rank --compare a.rank.h5ad c.rank.h5ad --first 5 --merge acts.h5ad -o no.h5ad", 2,
                 "4 groups are left, fewer than the first 5", "no.h5ad");
}

TEST(RankCompare, AcrossModelsTheFurthestMovedAreListed) {
  const RankingsFolder folder;
  write_ranking(folder / "tuned.h5ad", {1, 2, 3, 4, 5, 6}, {1, 5, 4, 3, 2, 6}, "tuned");
  expect_refusal(folder, "rank --compare a.rank.h5ad tuned.h5ad -o out.h5ad", 1,
                 "tuned.h5ad: made with model tuned (22222222…), but a.rank.h5ad with tiny (11111111…); two "
                 "models of one shape are compared with --across-models");
  const auto said =
      must_run(folder, "rank --compare a.rank.h5ad tuned.h5ad --across-models --first 2 -o out.h5ad");
  EXPECT_EQ(said["changed"][0]["in both first 2"], 1);
  EXPECT_EQ(said["changed"][0]["entered and left"], 1);
  // 0 goes from 1 to 6, 5 from 6 to 1, 1 stays: as far, by address.
  EXPECT_EQ(said["moved"][0]["neuron"], "blocks.0.hook_resid_post:0");
  EXPECT_EQ(said["moved"][0]["new place"], 6);
  EXPECT_EQ(said["moved"][2]["place"], 2);
}

TEST(RankCompare, TiesThatDecideAreWarnedOf) {
  const RankingsFolder folder;
  write_ranking(folder / "sparse.h5ad", {1, 0, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0});
  const auto said = must_run(folder, "rank --compare a.rank.h5ad sparse.h5ad --first 2 -o out.h5ad");
  EXPECT_THAT(said["warnings"][0].get<std::string>(),
              HasSubstr("sparse.h5ad, overall: 4 neurons after the first 2 have the score of the last"));
}

TEST(RankCompare, WhatCannotBeComparedIsRefusedInOneLine) {
  const RankingsFolder folder;
  const std::string ab = "rank --compare a.rank.h5ad b.rank.h5ad -o out.h5ad ";
  expect_refusal(folder, "rank -o out.h5ad", 2, "give a probe or activations, or --compare RANKINGS");
  expect_refusal(folder, "rank --compare a.rank.h5ad -o out.h5ad", 2, "one ranking; give two or more");
  expect_refusal(folder, ab + "--concept NOUM", 2, "a.rank.h5ad: no concept 'NOUM' (did you mean 'NOUN'?)");
  expect_refusal(folder, ab + "--concept NOUN,overall,NOUN", 2, "3 concepts for 2 rankings");
  expect_refusal(folder, ab + "--first 7", 2, "--first 7: the rankings have 6 neurons");
  expect_refusal(folder, ab + "--persistence 1", 2, "p 1 is not between 0 and 1");
  expect_refusal(folder, ab + "--concept NOUN --each-concept", 2, "give one of --concept");
  expect_refusal(folder, ab + "--consensus out.h5ad", 2, "--consensus: out.h5ad is the output");
  expect_refusal(folder, "rank --compare a.rank.h5ad b.rank.h5ad -o a.rank.h5ad --force", 1, "a.rank.h5ad");
  io::AnnData other = io::read_anndata(folder / "b.rank.h5ad");
  const NeuronAxis axis = all_neurons({{"blocks.1.hook_resid_post", 1, 6, 0}});
  other.obs = io::neuron_table(axis);
  other.uns["sites"] = io::sites_tree(axis);
  io::write_anndata(folder / "other.h5ad", other, {});
  expect_refusal(folder, "rank --compare a.rank.h5ad other.h5ad -o out.h5ad", 1,
                 "other.h5ad: ranks other neurons than a.rank.h5ad: ");
}

}  // namespace
}  // namespace neurox::testing
