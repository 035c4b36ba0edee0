#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Six neurons of two sites for two concepts.
io::AnnData ranking_of_two_sites() {
  io::AnnData data;
  const std::string low = "blocks.0.hook_resid_post", high = "blocks.1.hook_resid_post";
  data.obs.add("site", io::categorical({low, low, low, high, high, high}));
  data.obs.add("block", std::vector<std::int32_t>{0, 0, 0, 1, 1, 1});
  data.obs.add("neuron", std::vector<std::int32_t>{0, 1, 2, 0, 1, 2});
  data.var.rows = 2;
  data.var.row_names = std::vector<std::string>{"NOUN", "overall"};
  data.X = MatrixF(6, 2);
  *data.X << 0.5F, 1, 0.6F, 2, 0.7F, 3, 0.8F, 4, 0.9F, 5, 1.0F, 6;
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("ranking"));
  data.uns["ranking"] = {{"method", "auroc"}, {"label", "upos"}};
  return data;
}

TEST(ScoresReport, QuartilesAndTheBestNeuronsAreThoseOfTheScores) {
  const testing::TempFolder folder;
  io::write_anndata(folder / "r.h5ad", ranking_of_two_sites(), {});
  const ReportData found = load_report({folder / "r.h5ad"}, {});
  ASSERT_EQ(found.methods.scores.size(), 1U);
  const ConceptScores& noun = found.methods.scores[0].concepts[0];
  EXPECT_NEAR(noun.box.median, 0.75, 1e-6);
  EXPECT_NEAR(noun.box.lower, 0.625, 1e-6);
  EXPECT_EQ(noun.best[0].first, "blocks.1.hook_resid_post:2");
  const std::string page = render_page(found);
  EXPECT_THAT(page, HasSubstr("How scores lie"));
  EXPECT_THAT(page, HasSubstr("Scores of upos by auroc"));
  EXPECT_THAT(page, HasSubstr("NOUN: median 0.75"));
  EXPECT_THAT(page, Not(HasSubstr("overall: median")));
  EXPECT_THAT(page, Not(HasSubstr("what it has to beat")));
}

TEST(ScoresReport, MarginsSayWhichBaselineIsNotBeatenAndExpertsTheirShareOfASite) {
  const testing::TempFolder folder;
  io::AnnData data = ranking_of_two_sites();
  data.uns["margins"] = {{"neurons", 50}, {"accuracy", .75}, {"majority", .25}, {"word_majority", .875}};
  data.uns["experts"] = {{"concept", {"NOUN", "NOUN"}},
                         {"site", {"blocks.0.hook_resid_post", "blocks.1.hook_resid_post"}},
                         {"bound", {.75, .75}},
                         {"neurons", {0, 3}},
                         {"share", {0.0, 1.0}}};
  io::write_anndata(folder / "r.h5ad", data, {});
  const std::string page = render_page(load_report({folder / "r.h5ad"}, {}));
  EXPECT_THAT(page, HasSubstr("what it has to beat"));
  EXPECT_THAT(page, HasSubstr("commonest class"));
  EXPECT_THAT(page, HasSubstr(">no<"));
  EXPECT_THAT(page, HasSubstr("Share of neurons of 0.75 or more"));
  EXPECT_THAT(page, HasSubstr("NOUN at blocks.1.hook_resid_post: 3 neurons"));
}

}  // namespace
}  // namespace neurox
