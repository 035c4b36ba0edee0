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

TEST(LensReport, LayersStandFromLastToFirstWithTheirTokensShaded) {
  const testing::TempFolder folder;
  io::AnnData data;
  data.obs.add("token", io::categorical({"the", "cat"}));
  data.obs.add("sentence", std::vector<std::int32_t>{0, 0});
  data.obs.add("target", io::categorical({"cat", "<b>"}));
  const std::vector<std::string> sites{"blocks.0.hook_resid_pre", "blocks.0.hook_resid_post",
                                       "blocks.1.hook_resid_post"};
  data.var.add("site", io::categorical(sites));
  data.var.row_names = sites;
  data.X = MatrixF(2, 3);
  *data.X << -9, -4, -1, -8, -2, -1;
  MatrixF rank(2, 3), entropy(2, 3);
  rank << 90, 4, 1, 80, 2, 2;
  entropy << 1, 2, 3, 3, 2, 1;
  data.layers.emplace_back("rank", rank);
  data.layers.emplace_back("entropy", entropy);
  for (int row = 0; row < 2; ++row)
    for (const std::string& site : sites)
      for (int place = 1; place < 3; ++place) {
        io::Tree& top = data.uns["top"];
        top["row"].push_back(row), top["site"].push_back(site), top["place"].push_back(place);
        top["token"].push_back(place == 1 ? "dog" : "<i>");
        top["probability"].push_back(place == 1 ? 0.75 : 0.125);
      }
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("logit-lens"));
  io::write_anndata(folder / "l.h5ad", data, {});
  const ReportData found = load_report({folder / "l.h5ad"}, {});
  ASSERT_EQ(found.methods.lens.size(), 1U);
  const LensFindings& f = found.methods.lens[0];
  EXPECT_THAT(f.log_probability, ElementsAre(-8.5, -3, -1));
  EXPECT_THAT(f.first, ElementsAre(0, 0, .5));
  EXPECT_EQ(f.texts[0].cells[1][2].more, "<i> 0.125");
  const std::string page = render_page(found);
  EXPECT_THAT(page, HasSubstr("<td class=\"t q4 f\" title=\"dog 0.75, &lt;i&gt; 0.125; target cat: "
                              "log-probability −1, rank 1\">dog</td>"));
  EXPECT_LT(page.find("title=\"blocks.1.hook_resid_post\">1</th>"),
            page.find("title=\"blocks.0.hook_resid_pre\">embeddings</th>"));
  EXPECT_THAT(page, HasSubstr("<td>&lt;b&gt;</td>"));
}

TEST(LensReport, WhatNeuronsWriteIsATable) {
  const testing::TempFolder folder;
  io::AnnData data;
  data.obs.add("promoted", std::vector<std::string>{"one two"});
  data.obs.add("suppressed", std::vector<std::string>{"<three> four"});
  data.obs.row_names = std::vector<std::string>{"blocks.0.mlp.hook_post:5"};
  data.var.rows = 4;
  data.X = MatrixF(1, 4);
  *data.X << 2.5F, 2, -3.5F, -1;
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("vocabulary"));
  io::write_anndata(folder / "v.h5ad", data, {});
  EXPECT_THAT(
      render_page(load_report({folder / "v.h5ad"}, {})),
      HasSubstr("<th scope=\"row\">blocks.0.mlp.hook_post:5</th><td>one two</td><td class=\"n\">2.5</td>"
                "<td>&lt;three&gt; four</td><td class=\"n\">−3.5</td>"));
}

}  // namespace
}  // namespace neurox
