#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A base of two words and a change that puts one between; neuron n of 14 is n above the first.
io::AnnData course_data() {
  io::AnnData data;
  const NeuronAxis axis = all_neurons({{"rnn.0.hook_c", 0, 14, 0}});
  data.obs.add("condition", io::categorical({"none", "none", "not", "not", "not"}));
  data.obs.add("position", std::vector<double>{0, 1, 0, .5, 1});
  data.obs.add("word", std::vector<std::string>{"is", "good", "is", "<not>", "good"});
  data.obs.add("word_share", std::vector<double>{1, .75, 1, 1, .75});
  data.obs.add("sentences", std::vector<std::int64_t>{4, 4, 4, 4, 4});
  data.obs.add("compared", std::vector<std::int64_t>{0, 0, 4, 0, 4});
  data.var = io::neuron_table(axis);
  data.var.add("reference", std::vector<double>(14, .25));
  MatrixF X(5, 14), base(5, 14), flips(5, 14), difference(5, 14);
  for (Index n = 0; n < 14; ++n) {
    const auto above = static_cast<float>(n);
    X.col(n) << above, above + 1, above, above - .5F, above - 2;
    base.col(n) << NAN, NAN, above, NAN, above + 1;
    difference.col(n) << NAN, NAN, 0, NAN, -3;
    flips.col(n) << NAN, NAN, 0, NAN, .75F;
  }
  data.X = X;
  const MatrixF zero = MatrixF::Zero(5, 14);
  data.layers = {{"base", base},
                 {"difference", difference},
                 {"difference_error", zero},
                 {"flips", flips},
                 {"sd", MatrixF::Constant(5, 14, .125F)},
                 {"standard_error", zero},
                 {"strengthens", zero},
                 {"weakens", zero}};
  const std::vector<double> shares(14, .875);
  data.uns["separation"] = {{"position", {0., 1.}}, {"between", {std::vector<double>(14, no_value), shares}}};
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("course"));
  data.uns["sites"] = io::sites_tree(axis);
  return data;
}

TEST(CourseReport, ALineForEachConditionWithItsBandAndWhatAnAddedWordChanges) {
  const testing::TempFolder folder;
  io::write_anndata(folder / "c.h5ad", course_data(), {});
  const ReportData found = load_report({folder / "c.h5ad"}, {});
  ASSERT_EQ(found.methods.courses.size(), 1U);
  EXPECT_EQ(found.methods.courses[0].units.size(), 12U);
  EXPECT_EQ(found.title, "Neurons over sentences in tiny");
  const std::string page = render_page(found);
  EXPECT_THAT(page, HasSubstr("The first 12 of 14 neurons."));
  // neuron 2 at the last word: mean 3, one sd of 1/8 to either side
  EXPECT_THAT(page, HasSubstr(R"("y":3.0,"tip":"none, good (1): 3 ± 0.125 over 4","lo":2.875,"hi":3.125)"));
  EXPECT_THAT(page, HasSubstr(R"("domain":["is","\u003cnot\u003e","1"])"));  // words differ at position 1
  EXPECT_THAT(page, HasSubstr(R"({"name":"reference","y":0.25})"));
  EXPECT_THAT(page, HasSubstr("Conditions differ most at position 1: 87.5"));
  EXPECT_THAT(page, HasSubstr("<td class=\"n\">75.0"));
  EXPECT_THAT(page, Not(HasSubstr("<td><not></td>")));
}
TEST(CourseReport, ManyPositionsStandOnAnAxisOfNumbers) {
  ReportData data;
  CourseUnit unit{"rnn.0.hook_c:1", 0, {{"all", {}}}, {}};
  for (int i = -30; i <= 30; ++i) {
    CourseValue v;
    v.position = i, v.word = "a", v.sentences = 2, v.mean = i, v.sd = 1;
    unit.lines[0].values.push_back(v);
  }
  data.methods.courses.push_back({"q.h5ad", "lstm", {unit}, 1});
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr(R"("x":{"title":"position","type":"linear")"));
  EXPECT_THAT(page, HasSubstr(R"({"x":-30.0,"y":-30.0)"));
}

}  // namespace
}  // namespace neurox
