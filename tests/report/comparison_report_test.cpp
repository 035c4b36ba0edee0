#include <gmock/gmock.h>

#include <cmath>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "report/sample_methods.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

void write_comparison(const std::filesystem::path& path) {
  io::AnnData data;
  data.obs.add("concept", io::categorical({"NOUN", "NOUN", "NOUN"}));
  data.obs.add("unit", io::categorical({"neuron", "neuron", "neuron"}));
  data.obs.add("first", io::categorical({"a", "a", "b"}));
  data.obs.add("second", io::categorical({"b", "c", "c"}));
  data.obs.add("overlap_10", std::vector<double>{.5, .25, .125});
  data.obs.add("rank_biased_overlap", std::vector<double>{.5, .5, .75});
  data.obs.add("kendall", std::vector<double>{.5, -.5, .1});
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("comparison"));
  data.uns["firsts"] = {5, 10};
  data.uns["rankings"] = {{"concept", {"NOUN"}},        {"name", {"a"}},
                          {"method", {"probe <less>"}}, {"mean_jaccard_10", {.375}},
                          {"neuron_vote_10", {.5}},     {"vote_of_others_10", {.25}}};
  data.uns["consensus"] = {{"concept", {"NOUN"}},
                           {"neuron", {"blocks.0.mlp.hook_post:2"}},
                           {"score", {.9}},
                           {"places", {"1 12 3"}}};
  data.uns["moved"] = {{"concept", {"NOUN"}}, {"first", {"a"}},
                       {"second", {"b"}},     {"neuron", {"blocks.0.mlp.hook_post:1"}},
                       {"from", {2}},         {"to", {2000}}};
  io::write_anndata(path, data, {});
}

TEST(ComparisonReport, PairsAreSquareMapsAndTheConsensusNamesItsPlaces) {
  const testing::TempFolder folder;
  write_comparison(folder / "c.h5ad");
  const ReportData data = load_report({folder / "c.h5ad"}, {});
  ASSERT_EQ(data.methods.comparisons.size(), 1U);
  const ComparisonFindings& f = data.methods.comparisons[0];
  EXPECT_THAT(f.sets.at(0).names, ElementsAre("a", "b", "c"));
  const HeadMap& overlap = f.sets[0].maps.at(0);
  EXPECT_EQ(overlap.name, "shared among the first 10");
  EXPECT_EQ(overlap.values(2, 0), .25);
  EXPECT_EQ(overlap.values(1, 1), 1);
  EXPECT_TRUE(f.sets[0].maps.at(2).is_signed);
  EXPECT_THAT(f.consensus.at(0).places, ElementsAre(1, 12, 3));
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr("href=\"#comparison\""));
  EXPECT_THAT(page, HasSubstr("\"tip\":\"a and c: 0.25\""));
  EXPECT_THAT(page, HasSubstr("<td class=\"n\">12</td>"));
  EXPECT_THAT(page, HasSubstr("probe &lt;less&gt;"));
  EXPECT_THAT(page, HasSubstr("What moved among the first 10"));
  EXPECT_THAT(page, HasSubstr("<h1>How rankings agree in tiny</h1>"));
  EXPECT_THAT(page, Not(HasSubstr("No probe was given")));
}

TEST(ComparisonReport, ManyRankingsStandAsNumbers) {
  ReportData data;
  AgreementMaps set{"overall", "group", {}, {{"x", MatrixD::Constant(41, 41, .5), false}}};
  for (int i = 0; i < 41; ++i) set.names.push_back("r" + std::to_string(i));
  data.methods.comparisons.push_back({"c.h5ad", "tiny", 10, {set}, {}, {}, {}, {}});
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr("41 rankings are too many to draw."));
  EXPECT_THAT(page, HasSubstr("overall, correlated neurons as one"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">r39</th><td>r40</td><td class=\"n\">0.5</td>"));
}

}  // namespace
}  // namespace neurox
