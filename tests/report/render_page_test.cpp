#include "neurox/report/render_page.h"

#include <gmock/gmock.h>

#include "report/sample_report.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(RenderPage, TheSameDataGivesTheSameBytes) {
  EXPECT_EQ(render_page(testing::SampleReport().data), render_page(testing::SampleReport().data));
}

TEST(RenderPage, LoadsNothing) {
  const std::string page = render_page(testing::SampleReport().data);
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* loading : {"<link", "<img", "<iframe", "src=\"", "@import", "url("}) {
    const std::string outside = page.substr(0, page.find("<script>"));
    EXPECT_THAT(outside, Not(HasSubstr(loading)));
  }
}

TEST(RenderPage, WordsOfTheDataEndNoScriptAndOpenNoElement) {
  ReportData data;
  data.title = "</title><script>alert(1)</script>";
  data.probes.push_back({});
  data.probes[0].label = "</script><b>", data.probes[0].model = "<i>";
  data.probes[0].sites = {{"<u>x", 0, 3, .5, .5, .5, .5}};
  const std::string page = render_page(data);
  EXPECT_EQ(occurrences(page, "</script>"), 4U);  // the page's own: data, Vega, charts, page
  EXPECT_EQ(occurrences(page, "alert(1)"), 2U);   // title and heading, escaped
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page.substr(page.find("<main>"), page.find("</main>") - page.find("<main>")),
              Not(HasSubstr("<u>")));
}

TEST(RenderPage, WithoutDataEverySectionNamesTheCommandThatMakesIt) {
  const std::string page = render_page({});
  for (const char* command : {"neurox probe ", "neurox rank ", "neurox ablate ", "neurox extract "})
    EXPECT_THAT(page, HasSubstr(command));
  EXPECT_THAT(page, HasSubstr("id=\"charts\">{}</script>"));
}

TEST(RenderPage, WritingIsSummedUpByItsLargestEffectAndDosesAreDrawn) {
  ReportData data;
  AblationFindings a;
  a.file = "w.h5ad", a.model = "m";
  a.measures = {"texts", "concept_rate", "perplexity_ratio"};
  const auto row = [&](const std::string& group, const std::string& operation, std::vector<double> values) {
    AblationRow r;
    r.group = group, r.operation = operation, r.target = "text",
    r.ranking = group == "none" ? "" : "mlp_post@1";
    r.values = std::move(values);
    a.rows.push_back(r);
  };
  row("none", "none", {8, .25, 1});
  row("list", "add=4", {8, .5, 1.25});
  row("list", "add=10", {8, .875, 3.5});
  a.prompts = {"The film"};
  a.texts = {{0, 0, 0, " was long", 4, {}},
             {1, 0, 0, " was good", 5, {"good"}},
             {2, 0, 0, " good good", 9, {"good"}}};
  data.ablations.push_back(a);
  const std::string page = render_page(data);
  EXPECT_THAT(
      page, HasSubstr("The concept is in 25.0\u202f% of the texts untouched, in 87.5\u202f% with mlp_post@1, "
                      "add=10, at 3.5 times the perplexity (w.h5ad)."));
  EXPECT_THAT(page, HasSubstr("times the direction (add)"));
  EXPECT_THAT(page, HasSubstr(" was <mark>good</mark>"));
  EXPECT_THAT(page, Not(HasSubstr("texts goes from")));
  EXPECT_THAT(page, HasSubstr("<h2>What is written when they are edited</h2>"));
  data.ablations[0].measures[1] = "changed";
  EXPECT_THAT(render_page(data), HasSubstr("87.5\u202f% of the texts change with mlp_post@1, add=10"));
}

TEST(RenderPage, TextsAsTheUntouchedOneAreNamedInOneRowAndLevelChartsAreASentence) {
  ReportData data;
  AblationFindings a;
  a.file = "w.h5ad", a.model = "m";
  a.measures = {"changed", "bleu"};
  for (const char* operation : {"none", "add=-2", "add=2", "add=4"}) {
    AblationRow r;
    const bool none = std::string(operation) == "none";
    r.group = none ? "none" : "list", r.operation = operation, r.target = "text",
    r.ranking = none ? "" : "mlp_post@1";
    r.values = {.25 * static_cast<double>(a.rows.size()), 0};
    a.rows.push_back(r);
  }
  a.prompts = {"one", "two"};
  for (std::size_t c = 0; c < 4; ++c) {
    a.texts.push_back({c, 0, 0, c < 2 ? " first" : " changed", 4, {}});
    a.texts.push_back({c, 1, 0, " second", 4, {}});
  }
  data.ablations = {a};
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr("As untouched: mlp_post@1, add=-2."));
  EXPECT_THAT(page, HasSubstr("As untouched: all 3 conditions."));
  EXPECT_EQ(occurrences(page, "<td> second</td>"), 1U);
  EXPECT_EQ(occurrences(page, "<td> changed</td>"), 2U);
  EXPECT_THAT(page, HasSubstr("The same under every condition: BLEU (0)."));
  EXPECT_THAT(page, Not(HasSubstr("\"title\":\"BLEU")));
  EXPECT_THAT(page, HasSubstr("\"title\":\"share of texts that change"));
  // Untouched texts alone are one table.
  a.rows.resize(1), a.texts = {{0, 0, 0, " first", 4, {}}, {0, 1, 0, " second", 4, {}}};
  data.ablations = {a};
  const std::string alone = render_page(data);
  EXPECT_EQ(occurrences(alone, "<th scope=\"col\">writes</th>"), 1U);
  EXPECT_THAT(alone, HasSubstr("<th scope=\"row\"><bdi>two</bdi></th><td> second</td>"));
}

TEST(RenderPage, NeuronsThatAreTakenAwayAreAblatedAndOthersEdited) {
  ReportData data;
  AblationFindings a;
  a.file = "a.h5ad", a.model = "m";
  a.measures = {"accuracy"};
  for (const char* group : {"none", "top", "random"}) {
    AblationRow r;
    r.group = group, r.operation = r.group == "none" ? "none" : "zero", r.target = "model", r.share = .1;
    r.values = {r.group == "none" ? .9 : .5};
    a.rows.push_back(r);
  }
  data.ablations = {a};
  const std::string removed = render_page(data);
  EXPECT_THAT(removed, HasSubstr("<h2>What is lost without them</h2>"));
  EXPECT_THAT(removed, HasSubstr("share of neurons ablated (m)"));
  EXPECT_THAT(removed, HasSubstr("of random neurons one draw."));
  EXPECT_THAT(removed, Not(HasSubstr("bands are")));
  data.ablations[0].rows[1].operation = "scale=2";
  const std::string held = render_page(data);
  EXPECT_THAT(held, HasSubstr("<h2>What changes when they are edited</h2>"));
  EXPECT_THAT(held, HasSubstr("share of neurons edited (m)"));
  EXPECT_THAT(held, HasSubstr("nothing edited"));
}

TEST(RenderPage, NumbersOfEveryChartStandInTables) {
  const std::string page = render_page(testing::SampleReport().data);
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">blocks.1.hook_resid_post</th><td class=\"n\">384</td><td "
                              "class=\"n\">94.4\u202f%</td>"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">baseline: each word&#39;s commonest class</th><td "
                              "class=\"n\"></td><td class=\"n\">82.3\u202f%</td>"));
  EXPECT_GE(occurrences(page, "<details><summary>"), occurrences(page, "class=\"chart\"") - 2);
}

TEST(RenderPage, StaysSmall) {
  // Vega is 0.45 MB; twelve neurons with fifteen sentences each may take as much again.
  EXPECT_LT(render_page(testing::SampleReport(12).data).size(), 1200000U);
}

}  // namespace
}  // namespace neurox
