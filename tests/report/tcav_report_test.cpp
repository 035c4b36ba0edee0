#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// One concept at two sites, as `neurox tcav` writes it: the first differs from random, the second says
/// nothing.
void write_tcav(const std::filesystem::path& path) {
  io::AnnData data;
  const auto all = [&](const char* name, std::vector<double> values) {
    data.obs.add(name, std::move(values));
  };
  data.obs.add("concept", io::categorical({"<b>joy", "<b>joy"}));
  data.obs.add("against", io::categorical({"random", "anger"}));
  data.obs.add("site", io::categorical({"blocks.0.hook_resid_post", "blocks.1.hook_resid_post"}));
  data.obs.add("block", std::vector<std::int32_t>{0, 1});
  data.obs.add("class", io::categorical({"positive", "positive"}));
  all("score", {.9, .2}), all("score_low", {.8, -.1}), all("score_high", {1.1, .5});
  all("magnitude", {2, 3}), all("accuracy", {.95, .5}), all("chance", {.5, .5});
  data.obs.add("at_chance", std::vector<bool>{false, true});
  all("random_score", {.5, .5}), all("random_sd", {.1, .1});
  all("p", {.001, .001}), all("p_corrected", {.002, .002}), all("magnitude_p", {.1, .1});
  data.obs.add("runs", std::vector<std::int32_t>{20, 20});
  data.obs.add("random_runs", std::vector<std::int32_t>{10, 10});
  data.obs.add("sentences", std::vector<std::int64_t>{60, 60});
  io::Provenance p = testing::sample_provenance("tcav");
  p.settings["correction"] = "holm";
  data.uns["neurox"] = io::to_tree(p);
  io::write_anndata(path, data, {});
}

TEST(TcavReport, BarsHaveIntervalsRandomLevelsAndMarks) {
  const testing::TempFolder folder;
  write_tcav(folder / "joy.h5ad");
  const ReportData data = load_report({folder / "joy.h5ad"}, {});
  ASSERT_EQ(data.methods.tcav.size(), 1U);
  const TcavScores& t = data.methods.tcav[0];
  ASSERT_EQ(t.rows.size(), 2U);
  EXPECT_EQ(t.rows[1].concept_name, "<b>joy vs anger");
  EXPECT_TRUE(t.rows[1].at_chance);
  EXPECT_EQ(t.rows[0].runs, 20);
  EXPECT_TRUE(data.files[0].columns.empty());  // shown in its section, not listed
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr("href=\"#tcav\""));
  // The interval ends where shares do; the score that guessing reaches is pale, whatever its p.
  EXPECT_THAT(
      page,
      HasSubstr("\"lo\":0.8,\"hi\":1.0,\"level\":0.5,\"level_lo\":0.4,\"level_hi\":0.6,\"mark\":\"*\"}"));
  EXPECT_THAT(page, HasSubstr("\"mark\":\"?\",\"pale\":true}"));
  EXPECT_THAT(
      page, HasSubstr("1 of 2 scores differ from those of random vectors (corrected p &lt; 0.05). 1 of 2 say "
                      "nothing"));
  EXPECT_THAT(
      page,
      HasSubstr("<li>Concept vectors of “&lt;b&gt;joy” (joy.h5ad): 1 of 1 scores differ from those of random "
                "vectors (corrected p &lt; 0.05).</li>"));
  EXPECT_THAT(page, HasSubstr("vs anger” (joy.h5ad): at chance on held-out examples everywhere"));
  EXPECT_THAT(page, HasSubstr("<td>yes</td>"));
  EXPECT_THAT(page, HasSubstr("<td>vectors at chance</td>"));
  EXPECT_THAT(page, HasSubstr("p 0.001, corrected (holm) 0.002"));
  EXPECT_THAT(page.substr(page.find("<main>"), page.find("</main>") - page.find("<main>")),
              Not(HasSubstr("<b>")));
}

TEST(TcavReport, EachSortOfSiteHasItsPictureAndASingleSiteShowsItsClasses) {
  ReportData data;
  data.methods.tcav.push_back({"t.h5ad", "tiny", "holm", {}});
  const auto add = [&](const char* site, const char* of_class) {
    TcavRow r;
    r.concept_name = "joy", r.site = site, r.class_name = of_class, r.score = .5;
    data.methods.tcav[0].rows.push_back(r);
  };
  add("blocks.0.hook_resid_post", "A"), add("blocks.0.hook_resid_post", "B");
  EXPECT_THAT(render_page(data), HasSubstr("\"x\":{\"title\":\"class\",\"domain\":[\"A\",\"B\"]}"));
  add("blocks.0.mlp.hook_post", "A"), add("blocks.1.hook_resid_post", "A"),
      add("blocks.1.mlp.hook_post", "A");
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr("\"x\":{\"title\":\"block (resid_post)\",\"domain\":[\"0\",\"1\"]}"));
  EXPECT_THAT(page, HasSubstr("\"x\":{\"title\":\"block (mlp_post)\",\"domain\":[\"0\",\"1\"]}"));
}

TEST(TcavReport, AFileThatLacksAColumnIsRefusedByName) {
  const testing::TempFolder folder;
  write_tcav(folder / "joy.h5ad");
  io::AnnData data = io::read_anndata(folder / "joy.h5ad");
  std::erase_if(data.obs.columns, [](const io::Column& c) { return c.name == "random_sd"; });
  io::write_anndata(folder / "less.h5ad", data, {});
  EXPECT_THAT(testing::refusal([&] { load_report({folder / "less.h5ad"}, {}); }),
              ::testing::AllOf(HasSubstr("less.h5ad"), HasSubstr("random_sd")));
}

}  // namespace
}  // namespace neurox
