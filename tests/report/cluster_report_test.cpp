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

TEST(ClusterReport, ModelsSideBySideAreAMapWithoutWhatWasNotCompared) {
  const testing::TempFolder folder;
  io::AnnData data;
  data.obs.add("model", io::categorical({"a"}));
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("similarity"));
  data.uns["similarity"] = {{"method", "maxcorr"},
                            {"words", 1200},
                            {"parts", {{"name", {"a", "b <x>"}}, {"model", {"a", "b"}}}},
                            {"values", {{nullptr, 0.5}, {0.25, nullptr}}}};
  io::write_anndata(folder / "s.h5ad", data, {});
  const ReportData report = load_report({folder / "s.h5ad"}, {});
  ASSERT_EQ(report.methods.similarities.size(), 1U);
  const SimilarityFindings& f = report.methods.similarities[0];
  EXPECT_EQ(f.values(1, 0), 0.25);
  EXPECT_TRUE(std::isnan(f.values(0, 0)));
  const std::string page = render_page(report);
  EXPECT_THAT(page, HasSubstr("href=\"#similarity\""));
  EXPECT_THAT(page, HasSubstr("b \\u003cx\\u003e beside a: 0.25"));
  EXPECT_THAT(page, HasSubstr("200 words</span>"));
}

TEST(ClusterReport, FactorsStandOverTheWordsOfTheirTexts) {
  const testing::TempFolder folder;
  testing::write_sample_ranking(folder / "f.h5ad");
  io::AnnData data = io::read_anndata(folder / "f.h5ad");
  data.uns["ranking"]["method"] = "nmf";
  data.uns["factors"] = {{"name", {"factor_1", "factor_2"}},
                         {"share", {0.75, 0.25}},
                         {"top_words", {"cat & dog", "the"}},
                         {"top_neurons", {"blocks.0.mlp.hook_post:2", "blocks.0.mlp.hook_post:1"}}};
  data.uns["texts"] = {{"sentence", {3, 3, 8}},
                       {"token", {"the", "cat", "dog"}},
                       {"values", {{1.0, 0.0}, {0.0, 2.0}, {0.5, 0.5}}}};
  io::write_anndata(folder / "nmf.h5ad", data, {});
  const ReportData report = load_report({folder / "nmf.h5ad"}, {});
  ASSERT_EQ(report.methods.factors.size(), 1U);
  const FactorFindings& f = report.methods.factors[0];
  ASSERT_EQ(f.texts.size(), 2U);
  EXPECT_THAT(f.texts[0].tokens, ElementsAre("the", "cat"));
  EXPECT_EQ(f.texts[0].values(1, 1), 2);
  const std::string page = render_page(report);
  EXPECT_THAT(page, HasSubstr("href=\"#factors\""));
  EXPECT_THAT(page, HasSubstr("cat &amp; dog"));
  EXPECT_THAT(page, HasSubstr("factor_2 at cat: 2"));
}

}  // namespace
}  // namespace neurox
