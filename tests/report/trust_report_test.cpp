#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;

TEST(TrustReport, CurvesMeasuresAndAgreementComeFromTheFileOfWords) {
  const testing::TempFolder folder;
  io::AnnData data;
  data.obs.add("token", io::categorical({"a"}));
  data.obs.add("sentence", std::vector<std::int32_t>{0});
  data.var.rows = 2;
  data.var.row_names = std::vector<std::string>{"shapley", "saliency"};
  data.X = MatrixF::Ones(1, 2);
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("attribution"));
  data.uns["trust"] = {{"examples", {{"sentence", {0, 0}}}},
                       {"mean", {{"method", {"shapley", "saliency"}}, {"infidelity_words", {.5, 1.5}}}}};
  data.uns["agreement"] = {{"mean",
                            {{"first", {"shapley"}},
                             {"second", {"saliency"}},
                             {"spearman", {-.25}},
                             {"top_fifth_overlap", {.5}},
                             {"overlap_by_chance", {.2}}}}};
  data.uns["faithfulness"] = {{"method", {"shapley", "random"}},
                              {"share", {.5, .5}},
                              {"comprehensiveness", {2.0, 1.0}},
                              {"sufficiency", {.25, 1.25}}};
  io::write_anndata(folder / "t.h5ad", data, {});
  const ReportData found = load_report({folder / "t.h5ad"}, {});
  ASSERT_EQ(found.methods.trust.size(), 1U);
  EXPECT_EQ(found.attributions.size(), 1U);  // the words themselves are shown as ever
  const std::string page = render_page(found);
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">infidelity, words left out</th><td class=\"n\">0.5</td><td "
                              "class=\"n\">1.5</td>"));
  EXPECT_THAT(page, HasSubstr("\"x\":\"saliency\",\"y\":\"shapley\",\"v\":-0.25"));
  EXPECT_THAT(page, HasSubstr("\"x\":\"shapley\",\"y\":\"saliency\",\"v\":-0.25"));
  EXPECT_THAT(page, HasSubstr("{\"x\":0.5,\"y\":1.25,\"tip\":\"random, 50"));
  EXPECT_THAT(page, HasSubstr("by chance 20.0"));
}

}  // namespace
}  // namespace neurox
