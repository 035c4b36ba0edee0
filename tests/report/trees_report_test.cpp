#include <gmock/gmock.h>

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

/// `not bad` and `a dog`, each with a tree of three nodes.
struct TreeFile {
  std::vector<std::int32_t> first{0, 1, 0, 0, 1, 0}, last{0, 1, 1, 0, 1, 1};
  std::vector<std::string> children{"", "", "0 1", "", "", "0 1"};

  std::filesystem::path write(const testing::TempFolder& folder) const {
    io::AnnData data;
    data.obs.add("sentence", std::vector<std::int32_t>{0, 0, 0, 1, 1, 1});
    data.obs.add("method", io::categorical(std::vector<std::string>(6, "agglomerative")));
    data.obs.add("tree", std::vector<std::int32_t>{0, 0, 0, 1, 1, 1});
    data.obs.add("node", std::vector<std::int32_t>{0, 1, 2, 0, 1, 2});
    data.obs.add("children", children);
    data.obs.add("round", std::vector<std::int32_t>{0, 1, 1, 0, 0, 1});
    data.obs.add("first", first), data.obs.add("last", last);
    data.obs.add("words", std::vector<std::string>{"not", "bad", "not bad", "a", "dog", "a dog"});
    data.var.rows = 1;
    data.var.row_names = std::vector<std::string>{"score"};
    data.X = MatrixF(6, 1);
    *data.X << -1, -2, 1.5F, 0, 0.25F, 0.5F;
    data.uns["neurox"] = io::to_tree(testing::sample_provenance("trees"));
    data.uns["examples"] = {{"sentence", {0, 1}},       {"text", {"not bad", "a dog"}},
                            {"target", {"POS", "NEG"}}, {"method", {"agglomerative", "agglomerative"}},
                            {"value", {2.0, 1.0}},      {"baseline_value", {0.0, 0.0}},
                            {"score", {1.5, 0.5}}};
    io::write_anndata(folder / "t.h5ad", data, {});
    return folder / "t.h5ad";
  }
  std::string refusal() const {
    const testing::TempFolder folder;
    const auto path = write(folder);
    return testing::refusal([&] { load_report({path}, {}); });
  }
};

TEST(TreesReport, AGroupIsACellAsWideAsItsWordsOverThem) {
  const testing::TempFolder folder;
  const ReportData data = load_report({TreeFile().write(folder)}, {});
  ASSERT_EQ(data.methods.trees.size(), 1U);
  const TreeFindings& f = data.methods.trees[0];
  EXPECT_EQ(f.sentences, 2);
  ASSERT_EQ(f.texts.size(), 2U);
  EXPECT_THAT(f.texts[0].trees.at(0).words, ElementsAre("not", "bad"));
  EXPECT_THAT(f.texts[0].trees[0].nodes.at(2).children, ElementsAre(0U, 1U));
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr("<tr><td class=\"t p4\" colspan=\"2\" title=\"not bad: "
                              "1.5\"><small>1.50</small></td></tr>\n<tr><td class=\"t n3\" title=\"not: "
                              "−1\">not<br><small>−1.00</small></td><td class=\"t n5\""));
  EXPECT_THAT(page, HasSubstr("agglomerative, target NEG, f(x) 1, score of no word 0"));
  EXPECT_THAT(page, HasSubstr("href=\"#trees\""));
}

TEST(TreesReport, AWordThatIsJoinedLateReachesDownToTheText) {
  ReportData data;
  data.methods.trees = testing::sample_methods().trees;
  const std::string page = render_page(data);
  // `<was>` goes into the root: beside three levels of the others.
  EXPECT_THAT(page, HasSubstr("rowspan=\"3\" title=\"&lt;was&gt;: "));
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">not good at all</th><td class=\"n\">1</td>"));
  EXPECT_THAT(page, HasSubstr("The first 1 of 4 sentences."));
}

TEST(TreesReport, ATextOfManyWordsStandsAsNumbers) {
  ReportData data;
  WordTree tree{"agglomerative", "A", 1, 0, {}, {}};
  for (std::size_t w = 0; w < 61; ++w) {
    tree.words.push_back("w" + std::to_string(w));
    tree.nodes.push_back({w, w, 0, 1, {}});
  }
  tree.nodes.push_back({0, 60, 1, 1, {}});
  for (std::size_t w = 0; w < 61; ++w) tree.nodes.back().children.push_back(w);
  data.methods.trees.push_back({"t.h5ad", "tiny", {{"w", {tree}}}, 1});
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr("61 words are too many to draw."));
  EXPECT_THAT(page, Not(HasSubstr("class=\"tree\"")));
}

TEST(TreesReport, AFileWhoseTreesDoNotHoldTogetherIsRefused) {
  TreeFile file;
  file.children[2] = "0 7";
  EXPECT_THAT(file.refusal(),
              HasSubstr("t.h5ad:/obs: row 2: a child does not come before its parent; write the "
                        "file anew with `neurox attribute`"));
  file.children[2] = "0 x";
  EXPECT_THAT(file.refusal(), HasSubstr("row 2: `children` is not a list of numbers"));
  file.children[2] = "1 0";
  EXPECT_THAT(file.refusal(), HasSubstr("row 2: the children do not fill the words of their parent"));
  file = {};
  file.first[0] = 1;
  EXPECT_THAT(file.refusal(), HasSubstr("row 0: `first` and `last` are not a run of words"));
  file = {};
  file.last[4] = -1;
  EXPECT_THAT(file.refusal(),
              HasSubstr("t.h5ad:/obs/last: row 4 holds -1, expected a whole number from 0 to 5"));
}

}  // namespace
}  // namespace neurox
