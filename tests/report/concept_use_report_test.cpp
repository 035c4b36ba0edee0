#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;

TEST(ConceptUseReport, ConceptsStandBesideTheirPermutedScoresFurthestFirst) {
  const testing::TempFolder folder;
  io::AnnData data;
  data.obs.add("sentence", std::vector<std::int32_t>{4, 4, 7, 7});
  data.obs.add("ranking", io::categorical({"r.h5ad", "r.h5ad", "r.h5ad", "r.h5ad"}));
  data.obs.add("concept", io::categorical({"NOUN", "VERB", "NOUN", "VERB"}));
  data.var.rows = 5;
  data.var.row_names = std::vector<std::string>{"use", "permuted_mean", "permuted_sd", "z", "p"};
  data.X = MatrixF(4, 5);
  *data.X << .1F, 0, .1F, 1, .3F, .2F, 0, .1F, 2, .04F, 0, 0, .1F, 0, 1, .5F, 0, .1F, 5, .01F;
  data.uns["corpus"] = {{"ranking", {"r.h5ad", "r.h5ad"}},
                        {"concept", {"NOUN", "VERB"}},
                        {"use", {.25, .5}},
                        {"permuted_mean", {.0, .125}},
                        {"permuted_sd", {.25, .125}},
                        {"z", {1, 3}},
                        {"p", {.3, .01}}};
  data.uns["examples"] = {{"text", {"one", "two"}}, {"target", {"A", "B"}}, {"value", {1.0, 2.0}}};
  io::Provenance p = testing::sample_provenance("concepts");
  p.settings["method"] = "conductance", p.settings["permutations"] = 200;
  data.uns["neurox"] = io::to_tree(p);
  io::write_anndata(folder / "u.h5ad", data, {});
  const ReportData found = load_report({folder / "u.h5ad"}, {});
  ASSERT_EQ(found.methods.concepts.size(), 1U);
  const ConceptUseFindings& f = found.methods.concepts[0];
  ASSERT_EQ(f.texts.size(), 2U);
  EXPECT_EQ(f.texts[1].text, "two");
  EXPECT_FLOAT_EQ(static_cast<float>(f.texts[1].rows[1].z), 5);
  const std::string page = render_page(found);
  EXPECT_THAT(page, HasSubstr("\"domain\":[\"VERB\",\"NOUN\"]"));
  EXPECT_THAT(page, HasSubstr("\"level\":0.125,\"level_lo\":-0.125,\"level_hi\":0.375,\"mark\":\"*\"}"));
  EXPECT_THAT(page, HasSubstr("scores permuted within layers 200 times"));
  EXPECT_THAT(page, HasSubstr("<td>VERB (5), NOUN (0)</td>"));
}

}  // namespace
}  // namespace neurox
