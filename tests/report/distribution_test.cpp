#include "neurox/report/distribution.h"

#include <gmock/gmock.h>

#include <cmath>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Distribution, BoxesAreTukeys) {
  // Quartiles 2 and 4 (linear), reach 3: 9 lies beyond the whisker.
  const BoxFigures b = box_figures(std::vector<float>{9, 1, 3, 2, 4});
  EXPECT_EQ(b.lower, 2);
  EXPECT_EQ(b.median, 3);
  EXPECT_EQ(b.upper, 4);
  EXPECT_EQ(b.low, 1);
  EXPECT_EQ(b.high, 4);
  EXPECT_EQ(box_figures(std::vector<float>{7}).high, 7);
}
TEST(Distribution, EntropyCountsNeurons) {
  EXPECT_DOUBLE_EQ(entropy_of_shares(std::vector<float>{1, -1, 1, -1}), 2);
  EXPECT_DOUBLE_EQ(entropy_of_shares(std::vector<float>{0, 5, 0}), 0);
  EXPECT_DOUBLE_EQ(entropy_of_shares(std::vector<float>{2, 1, 1}), 1.5);
  EXPECT_TRUE(std::isnan(entropy_of_shares(std::vector<float>{0, 0})));
}
TEST(Distribution, HistogramsHoldEveryNumberOnce) {
  EXPECT_THAT(histogram(std::vector<float>{-1, -0.9F, 0, 0.1F, 1, 7}, 1, 3), ElementsAre(2, 2, 2));
  EXPECT_THAT(largest_in_size(std::vector<float>{1, -3, 2, 3}, 2), ElementsAre(1, 3));
}

/// A ranking as `attribute --sites --keep-words --by segment` writes it, of the six neurons of the sample.
void write_used(const std::filesystem::path& path, const std::string& target) {
  io::AnnData data;
  const NeuronAxis axis = testing::sample_axis();
  data.obs = io::neuron_table(axis);
  data.var.rows = 3;
  data.var.row_names = std::vector<std::string>{"answer", "context", "overall"};
  data.var.add("tokens", std::vector<std::int64_t>{2, 4, 6});
  data.X = MatrixF(6, 3);
  *data.X << 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3;
  data.layers.emplace_back("signed_sum", *data.X);
  data.obsm.emplace_back("kept_words", MatrixF{{1}, {-1}, {0.5F}, {2}, {0}, {0}});
  io::Provenance provenance = testing::sample_provenance("ranking");
  provenance.settings["target"] = target;
  data.uns["neurox"] = io::to_tree(provenance);
  data.uns["sites"] = io::sites_tree(axis);
  data.uns["ranking"] = {{"method", "conductance"}, {"label", ""}};
  data.uns["tokens_by_site"] = {{"sentence", {0, 1}},
                                {"token", {"<who>", "who"}},
                                {"site", {axis.site(0), axis.site(0)}},
                                {"sum", {0.5, -1.0}},
                                {"l2", {1.0, 1.0}}};
  data.uns["examples"] = {{"sentence", {0, 1}},
                          {"text", {"<who> wrote", "who"}},
                          {"target", {target + " at token 1", target + " at token 2"}}};
  data.uns["kept_words"] = {{"sentence", {0}},         {"row", {1}},
                            {"token", {"<who>"}},      {"segment", {"question word"}},
                            {"text", {"<who> wrote"}}, {"target", {target + " at token 1"}}};
  io::write_anndata(path, data, {});
}

TEST(UsedNeurons, TargetsStandSideBySide) {
  const testing::TempFolder folder;
  write_used(folder / "start.h5ad", "start");
  write_used(folder / "end.h5ad", "end");
  testing::write_sample_ranking(folder / "upos.h5ad");
  const ReportData data = load_report({folder / "start.h5ad", folder / "end.h5ad", folder / "upos.h5ad"}, {});
  ASSERT_EQ(data.attributions.size(), 2U);
  const AttributionFindings& start = data.attributions[0];
  ASSERT_EQ(start.words.size(), 1U);
  EXPECT_EQ(start.words[0].segment, "question word");
  EXPECT_EQ(start.kinds.kinds, (std::vector<std::string>{"answer", "context"}));
  const auto width = static_cast<Index>(start.words[0].values[0].size());
  EXPECT_FLOAT_EQ(static_cast<float>(start.kinds.signed_sum(0, 0)),
                  MatrixF({{1, 4, 2, 5, 3, 1}}).leftCols(width).sum());
  ASSERT_FALSE(start.used.empty());
  EXPECT_EQ(start.used[0].place, 1);
  ASSERT_EQ(start.used[0].encodes.size(), 1U);
  EXPECT_FALSE(start.used[0].encodes[0].concept_name.empty());
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr("<h3>&lt;who&gt; wrote</h3>\n<div class=\"charts\">"));
  EXPECT_THAT(page, HasSubstr("How a word’s attribution is spread over the neurons"));
  EXPECT_THAT(page, HasSubstr("\"kind\":\"boxes\""));
  EXPECT_THAT(page, HasSubstr("Which kinds of token matter where"));
  EXPECT_THAT(page, HasSubstr("What the neurons that predictions use encode"));
  EXPECT_THAT(page, Not(HasSubstr("<who>")));
}

}  // namespace
}  // namespace neurox
