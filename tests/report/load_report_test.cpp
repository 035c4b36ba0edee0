#include "neurox/report/load_report.h"

#include <gmock/gmock.h>

#include <fstream>

#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LoadReport : public ::testing::Test {
 protected:
  testing::TempFolder folder;
  void SetUp() override {
    testing::write_sample_activations(folder / "dev.h5ad");
    testing::write_sample_probe(folder / "tag.probe.h5ad");
    testing::write_sample_ranking(folder / "tag.rank.h5ad");
    testing::write_sample_ablation(folder / "tag.ablate.h5ad");
  }
  ReportOptions options() const {
    ReportOptions o;
    o.neurons = 2, o.contexts.min_count = 1, o.contexts.contexts = 2;
    return o;
  }
  ReportData all() {
    return load_report({folder / "tag.ablate.h5ad", folder / "dev.h5ad", folder / "tag.rank.h5ad",
                        folder / "tag.probe.h5ad"},
                       options());
  }
};

TEST_F(LoadReport, TellsFilesApartByTheirKind) {
  const ReportData d = all();
  ASSERT_EQ(d.probes.size(), 1U);
  ASSERT_EQ(d.rankings.size(), 1U);
  ASSERT_EQ(d.ablations.size(), 1U);
  EXPECT_EQ(d.title, "tag in tiny");
  EXPECT_EQ(d.files.size(), 4U);
  EXPECT_EQ(d.files[0].kind, "ablation");
  EXPECT_EQ(d.files[0].hash.size(), 64U);
  EXPECT_THAT(render_page(d), HasSubstr("tag in tiny"));
}

TEST_F(LoadReport, AProbeBringsItsScores) {
  const ProbeFindings p = all().probes[0];
  EXPECT_EQ(p.unit, "word");
  EXPECT_EQ(p.sites.size(), 2U);
  EXPECT_DOUBLE_EQ(p.sites[0].selectivity, .35);
  EXPECT_DOUBLE_EQ(p.all.accuracy, .9);
  EXPECT_DOUBLE_EQ(p.word_majority, .8);
  EXPECT_EQ(p.confusion(0, 1), 72);
  EXPECT_EQ(p.classes[1].count, 634);
  EXPECT_THAT(p.evaluated_on, HasSubstr("dev.h5ad"));
}

TEST_F(LoadReport, ARankingBringsItsBestNeuronsAndWhereTheyLie) {
  const RankingFindings r = all().rankings[0];
  EXPECT_EQ(r.top[0].concept_name, "overall");
  EXPECT_EQ(r.top[0].neurons[0].address, "blocks.0.hook_resid_post:0");
  ASSERT_EQ(r.spreads.size(), 4U);
  EXPECT_EQ(r.spreads[0].rule, "top 1\u202f% (1 neuron)");
  EXPECT_EQ(r.spreads[3].rule, "holding 50\u202f% of the weight");
  EXPECT_EQ(r.sites[1].neurons, 3);
}

TEST_F(LoadReport, AnAblationBringsItsConditionsAndMeasures) {
  const AblationFindings a = all().ablations[0];
  EXPECT_THAT(a.measures, ElementsAre("accuracy"));
  ASSERT_EQ(a.rows.size(), 4U);
  EXPECT_EQ(a.rows[0].group, "none");
  EXPECT_EQ(a.rows[1].count, 3);
  EXPECT_DOUBLE_EQ(a.rows[3].values[0], .8);
}

TEST_F(LoadReport, NeuronsAreShownOnTheTextOfTheActivations) {
  const ReportData d = all();
  ASSERT_EQ(d.neurons.size(), 2U);
  const NeuronFindings& n = d.neurons[0];
  EXPECT_EQ(n.address, "blocks.0.hook_resid_post:0");
  EXPECT_EQ(n.rows, 8);  // the special token counts nowhere
  EXPECT_EQ(n.statistics.max, 1);
  EXPECT_EQ(n.high_words[0].word, "cat");
  EXPECT_EQ(n.high_words[0].count, 2);
  ASSERT_EQ(n.top.size(), 2U);
  std::string text;
  for (const ShadedPiece& p : n.top[0].pieces) text += p.focus ? "[" + p.text + "]" : p.text;
  EXPECT_EQ(text, "ä [cat]");
  EXPECT_EQ(n.top[0].pieces.back().value, 1);
  EXPECT_EQ(n.scores[0].concept_name, "A");
  EXPECT_EQ(n.scores[0].rank, 1);
}

TEST_F(LoadReport, KindsComeFromTheStatisticsOfTheFile) {
  const KindFindings k = all().kinds;
  EXPECT_EQ(k.neurons, 6);
  bool found = false;
  for (const KindRow& r : k.rows)
    if (r.address == "blocks.0.mlp.hook_post:1") {
      found = true;
      EXPECT_THAT(r.kinds, ElementsAre("dead", "constant"));
    }
  EXPECT_TRUE(found);
}

TEST_F(LoadReport, NamedNeuronsAreShownInsteadOfTheBest) {
  ReportOptions o = options();
  o.addresses = {"blocks.0.mlp.hook_post:2"};
  const ReportData d = load_report({folder / "dev.h5ad"}, o);
  ASSERT_EQ(d.neurons.size(), 1U);
  EXPECT_EQ(d.neurons[0].address, "blocks.0.mlp.hook_post:2");
}

TEST_F(LoadReport, AKindWithoutASectionIsListedWithItsTable) {
  testing::write_sample_ablation(folder / "x.h5ad", "tcav");
  const ReportData d = load_report({folder / "x.h5ad"}, options());
  EXPECT_EQ(d.files[0].kind, "tcav");
  EXPECT_EQ(d.files[0].total_rows, 4);
  EXPECT_EQ(d.files[0].columns[1], "ranking");
  EXPECT_EQ(d.files[0].rows[1][2], "top");
}

TEST_F(LoadReport, RefusesWhatIsNoFileOfOurs) {
  EXPECT_THAT(testing::refusal([&] { load_report({folder / "none.h5ad"}, options()); }),
              HasSubstr("none.h5ad: no such file"));
  std::ofstream(folder / "notes.txt") << "hello";
  EXPECT_THAT(testing::refusal([&] { load_report({folder / "notes.txt"}, options()); }),
              HasSubstr("notes.txt: neither an AnnData file nor NeuroX activations"));
  EXPECT_EQ(testing::refusal([&] { load_report({}, options()); }), "report: no file given");
}

TEST_F(LoadReport, RefusesFilesOfTwoModels) {
  io::AnnData d = io::read_anndata(folder / "tag.rank.h5ad");
  d.uns["neurox"]["model_sha256"] = std::string(64, '9');
  io::write_anndata(folder / "other.h5ad", d, {});
  EXPECT_THAT(testing::refusal([&] {
                load_report({folder / "dev.h5ad", folder / "other.h5ad"}, options());
              }),
              HasSubstr("other.h5ad: made with model"));
}

}  // namespace
}  // namespace neurox
