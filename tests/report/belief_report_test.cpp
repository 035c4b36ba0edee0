#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

io::AnnData ranking_of_two_neurons() {
  io::AnnData data;
  data.obs.add("site", io::categorical({"blocks.0.hook_resid_post", "blocks.0.hook_resid_post"}));
  data.obs.add("block", std::vector<std::int32_t>{0, 0});
  data.obs.add("neuron", std::vector<std::int32_t>{0, 1});
  data.var.rows = 1;
  data.var.row_names = std::vector<std::string>{"overall"};
  data.X = MatrixF::Ones(2, 1);
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("ranking"));
  data.uns["ranking"] = {{"method", "auroc"}, {"label", "upos"}, {"rate", .05}};
  return data;
}

TEST(BeliefReport, SetsDiscoveriesAndHalvesComeFromTheRanking) {
  const testing::TempFolder folder;
  io::AnnData data = ranking_of_two_neurons();
  data.uns["ranking"]["sets"] = {
      {"majority", .25}, {"word_majority", .5}, {"all_neurons", .875}, {"keep", .97}, {"smallest", 2}};
  data.uns["sets"] = {{"neurons", {1, 2}},
                      {"accuracy", {.5, .75}},
                      {"random", {.25, .375}},
                      {"random_low", {.125, .25}},
                      {"random_high", {.5, .625}},
                      {"control", {.0625, .1875}},
                      {"random_model", {.3125, .4375}}};
  data.uns["belief"] = {
      {"concept", {"overall"}}, {"discoveries", {1}}, {"half_correlation", {.5}}, {"half_overlap", {.75}}};
  io::write_anndata(folder / "r.h5ad", data, {});
  const ReportData found = load_report({folder / "r.h5ad"}, {});
  ASSERT_EQ(found.methods.beliefs.size(), 1U);
  EXPECT_EQ(found.methods.beliefs[0].sets[1].random_high, .625);
  const std::string page = render_page(found);
  EXPECT_THAT(page, HasSubstr("Whether to believe the rankings"));
  EXPECT_THAT(page, HasSubstr("The first 2 neurons keep 97"));
  EXPECT_THAT(page, HasSubstr("neurons with q ≤ 0.05, of 2"));
  EXPECT_THAT(page, HasSubstr("\"lo\":0.25,\"hi\":0.625"));
}
TEST(BeliefReport, ARankingThatWasNotJudgedHasNoSuchSection) {
  const testing::TempFolder folder;
  io::write_anndata(folder / "r.h5ad", ranking_of_two_neurons(), {});
  EXPECT_THAT(render_page(load_report({folder / "r.h5ad"}, {})), Not(HasSubstr("Whether to believe")));
}
TEST(BeliefReport, DescriptionLengthsComeFromTheProbe) {
  const testing::TempFolder folder;
  io::AnnData data = ranking_of_two_neurons();
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("other"));
  data.uns["coded_blocks"] = {{"site", {"blocks.0.hook_resid_post", "blocks.0.hook_resid_post"}},
                              {"trained_on", {0, 64}},
                              {"tokens", {64, 64}},
                              {"bits", {128., 80.}},
                              {"accuracy", {no_value, .625}}};
  data.uns["description_length"] = {{"site", {"blocks.0.hook_resid_post"}},
                                    {"bits", {208.}},
                                    {"compression", {1.25}},
                                    {"data_bits", {150.}},
                                    {"model_bits", {58.}}};
  io::write_anndata(folder / "p.h5ad", data, {});
  const std::string page = render_page(load_report({folder / "p.h5ad"}, {}));
  EXPECT_THAT(page, HasSubstr("{\"x\":64.0,\"y\":0.625"));
  EXPECT_THAT(page, HasSubstr("<td class=\"n\">208</td><td class=\"n\">1.25</td>"));
}

TEST(CorpusReport, WordsAndContextsOfTheFirstNeurons) {
  const testing::TempFolder folder;
  io::AnnData data = ranking_of_two_neurons();
  (*data.X)(1, 0) = 2;
  data.uns["ranking"] = {{"method", "top-words"}};
  data.uns["contexts"] = {{"neuron", {0, 1, 1}},
                          {"kind", {"word", "word", "2 words"}},
                          {"text", {"a", "<b>", "b c"}},
                          {"count", {3, 4, 5}},
                          {"mean", {1.0, 2.0, 3.0}},
                          {"z", {1.0, -2.25, 3.0}},
                          {"row", {0, 1, 2}},
                          {"selectivity", {0.5, 0.5, 0.5}}};
  io::write_anndata(folder / "r.h5ad", data, {});
  const ReportData found = load_report({folder / "r.h5ad"}, {});
  ASSERT_EQ(found.methods.corpora.size(), 1U);
  ASSERT_EQ(found.methods.corpora[0].neurons.size(), 2U);
  EXPECT_EQ(found.methods.corpora[0].neurons[0].address, "blocks.0.hook_resid_post:1");
  EXPECT_EQ(found.methods.corpora[0].neurons[0].contexts[1].text, "b c");
  const std::string page = render_page(found);
  EXPECT_THAT(page, HasSubstr("<strong>word</strong> &lt;b&gt;&nbsp;<span class=\"muted\">−2.3"));
  EXPECT_THAT(page, HasSubstr("selectivity"));
}

}  // namespace
}  // namespace neurox
