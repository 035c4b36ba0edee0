#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Two sentences by two methods, as `neurox attribute` writes them.
void write_words(const std::filesystem::path& path) {
  io::AnnData data;
  data.obs.add("token", io::categorical({"[CLS]", "good", "<b>", "[CLS]", "bad"}));
  data.obs.add("sentence", std::vector<std::int32_t>{0, 0, 0, 1, 1});
  data.var.rows = 2;
  data.var.row_names = std::vector<std::string>{"shapley", "saliency"};
  data.X = MatrixF(5, 2);
  *data.X << 0, 0, 2, 1, -1, 0.5F, 0, 0, -3, 1;
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("attribution"));
  data.uns["examples"] = {{"text", {"good <b>", "good <b>", "bad", "bad"}},
                          {"target", {"POSITIVE", "POSITIVE", "NEGATIVE", "NEGATIVE"}},
                          {"method", {"shapley", "saliency", "shapley", "saliency"}},
                          {"value", {1.5, 1.5, 2.5, 2.5}},
                          {"baseline_value", {0.5, 0.5, 0.25, 0.25}},
                          {"delta", {0.0, 0.0, 0.0, 0.0}},
                          {"steps", {1, 1, 1, 1}}};
  io::write_anndata(path, data, {});
}

TEST(AttributionReport, ShadesTextsByTheirShareOfTheLargest) {
  const testing::TempFolder folder;
  write_words(folder / "a.h5ad");
  const ReportData data = load_report({folder / "a.h5ad"}, {});
  ASSERT_EQ(data.attributions.size(), 1U);
  ASSERT_EQ(data.attributions[0].texts.size(), 4U);
  EXPECT_EQ(data.attributions[0].texts[2].target, "NEGATIVE");
  EXPECT_EQ(data.attributions[0].texts[2].tokens[1].text, "bad");
  const std::string page = render_page(data);
  // 2 of 2 is five fifths, -1 of 2 is two and a half, rounded away from zero.
  EXPECT_THAT(page, HasSubstr("<span class=\"t p5\" title=\"2\">good</span>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"t n3\" title=\"−1\">&lt;b&gt;</span>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"t\" title=\"0\">[CLS]</span>"));
  EXPECT_THAT(page, HasSubstr("shapley · target POSITIVE · f(x) 1.5 · f(baseline) 0.5"));
  EXPECT_THAT(page, HasSubstr("href=\"#attributions\""));
}
TEST(AttributionReport, WordsAtSitesAreAHeatMap) {
  const testing::TempFolder folder;
  io::AnnData data;
  const NeuronAxis axis = testing::sample_axis();
  data.obs = io::neuron_table(axis);
  data.var.rows = 1;
  data.var.row_names = std::vector<std::string>{"overall"};
  data.X = MatrixF::Ones(6, 1);
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("ranking"));
  data.uns["sites"] = io::sites_tree(axis);
  data.uns["ranking"] = {{"method", "conductance"}};
  data.uns["tokens_by_site"] = {{"sentence", {0, 0, 0, 0}},
                                {"token", {"a", "b", "a", "b"}},
                                {"site",
                                 {"blocks.0.hook_resid_post", "blocks.0.hook_resid_post",
                                  "blocks.1.hook_resid_post", "blocks.1.hook_resid_post"}},
                                {"sum", {0.5, -1.0, 0.25, 0.0}},
                                {"l2", {1.0, 1.0, 1.0, 1.0}}};
  data.uns["examples"] = {{"sentence", {0, 0}}, {"target", {"POSITIVE", "POSITIVE"}}};
  io::write_anndata(folder / "n.h5ad", data, {});
  const ReportData found = load_report({folder / "n.h5ad"}, {});
  ASSERT_EQ(found.attributions.size(), 1U);
  const AttributedGrid& grid = found.attributions[0].grids.at(0);
  EXPECT_EQ(grid.values, (std::vector<std::vector<double>>{{0.5, 0.25}, {-1.0, 0.0}}));
  const std::string page = render_page(found);
  EXPECT_THAT(page, HasSubstr("Sentence 0: words by block (resid_post), target POSITIVE"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"col\" class=\"n\" title=\"blocks.1.hook_resid_post\">1</th>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"n t n5\" title=\"−1\">−1.00</td>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"n t p1\" title=\"0.25\">0.25</td>"));
}
TEST(AttributionReport, APageWithoutAttributionsDoesNotNameThem) {
  const testing::TempFolder folder;
  testing::write_sample_ranking(folder / "r.h5ad");
  EXPECT_THAT(render_page(load_report({folder / "r.h5ad"}, {})), Not(HasSubstr("attributions")));
}

}  // namespace
}  // namespace neurox
