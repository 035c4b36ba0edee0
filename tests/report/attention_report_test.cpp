#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Two words, one block of two heads; the second head has the least entropy and looks at the word itself.
io::AnnData attention_file() {
  io::AnnData data;
  data.obs.add("sentence", std::vector<std::int32_t>{0, 0, 0, 0});
  data.obs.add("from", std::vector<std::int32_t>{0, 0, 1, 1});
  data.obs.add("to", std::vector<std::int32_t>{0, 1, 0, 1});
  data.obs.add("from_token", io::categorical({"a", "a", "<b>", "<b>"}));
  data.obs.add("to_token", io::categorical({"a", "<b>", "a", "<b>"}));
  const std::string site = "blocks.0.attn.hook_pattern";
  data.var.add("site", io::categorical({site, site}));
  data.var.row_names = std::vector<std::string>{site + ":0", site + ":1"};
  data.X = MatrixF(4, 2);
  *data.X << .5F, 1, .5F, 0, .25F, 0, .75F, 1;
  data.uns["heads"] = {{"block", {0, 0}},       {"head", {0, 1}},         {"total", {1.0, 1.0}},
                       {"entropy", {.625, .0}}, {"to_itself", {.625, 1}}, {"to_previous", {.125, .0}},
                       {"to_next", {.25, .0}},  {"to_special", {.0, .0}}};
  data.uns["examples"] = {{"text", {"a <b>"}}, {"target", {""}}, {"rows", {2}}};
  data.uns["join"] = {{"from", "mean over pieces"}, {"to", "sum over pieces"}};
  io::Provenance p = testing::sample_provenance("attention");
  p.settings["method"] = "attention";
  data.uns["neurox"] = io::to_tree(p);
  return data;
}

TEST(AttentionReport, HeadsAreAMapAndTheSharpestOneIsShown) {
  const testing::TempFolder folder;
  io::write_anndata(folder / "a.h5ad", attention_file(), {});
  const ReportData data = load_report({folder / "a.h5ad"}, {});
  ASSERT_EQ(data.methods.attention.size(), 1U);
  const AttentionFindings& f = data.methods.attention[0];
  EXPECT_EQ(f.chosen, "blocks.0.attn.hook_pattern:1, the head of the least entropy");
  std::vector<std::string> maps;
  for (const HeadMap& m : f.maps) maps.push_back(m.name);
  // Rows of probabilities add up to 1, and no word is special: both say nothing.
  EXPECT_THAT(maps, ElementsAre("entropy (nats)", "share to the previous word", "share to the word itself",
                                "share to the next word"));
  EXPECT_EQ(f.texts[0].chosen(1, 1), 1);
  EXPECT_EQ(f.texts[0].mean(1, 0), .125);
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr("from \\u003cb\\u003e to a: 0.125"));
  EXPECT_THAT(page, HasSubstr("href=\"#attention\""));
}

TEST(AttentionReport, OfAttributionsTheHeadWithTheLargestSumIsShown) {
  const testing::TempFolder folder;
  io::AnnData file = attention_file();
  file.uns["join"]["from"] = "sum over pieces";
  file.uns["heads"]["total"] = {-2.0, 1.0};
  io::write_anndata(folder / "a.h5ad", file, {});
  const AttentionFindings f = load_report({folder / "a.h5ad"}, {}).methods.attention.at(0);
  EXPECT_EQ(f.chosen, "blocks.0.attn.hook_pattern:0, the head of the largest sum");
  EXPECT_EQ(f.maps[0].name, "sum");
  EXPECT_TRUE(f.maps[0].is_signed);
}

}  // namespace
}  // namespace neurox
