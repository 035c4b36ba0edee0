#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

/// `neurox attribute` of trees of words.
namespace neurox::testing {
namespace {

class TreeFolder : public TempFolder {
 public:
  TreeFolder() {
    tiny_model(*this, "bert-sequence");
    write_text(*this / "some.txt", "the cat sat on\na dog\n");
  }
};

TEST(AttributeTrees, ATreeIsInTheFileInTheTerminalAndInTheJson) {
  const TreeFolder folder;
  const std::string command =
      "attribute model some.txt --method agglomerative,agglomerative-occlusion --target 1 -o t.h5ad";
  const auto said = must_run(folder, command);
  ASSERT_EQ(said["trees"].size(), 4U);
  const auto& first = said["trees"][0];
  EXPECT_EQ(first["method"], "agglomerative");
  EXPECT_EQ(first["nodes"][0]["words"], "the cat sat on");
  EXPECT_EQ(first["nodes"][0]["parent"], -1);
  const io::AnnData data = io::read_anndata(folder / "t.h5ad");
  const auto words = data.obs.strings("words", "");
  const auto methods = data.obs.strings("method", "");
  EXPECT_EQ(static_cast<std::size_t>(data.X->rows()), words.size());
  EXPECT_EQ(std::count(words.begin(), words.end(), "the cat sat on"), 2);
  EXPECT_EQ(std::count(words.begin(), words.end(), "a dog"), 2);
  EXPECT_EQ(methods[0], "agglomerative");
  EXPECT_EQ(data.uns.at("examples").at("method").size(), 4U);
  // Every node but the roots has a parent, and is among its children.
  std::size_t roots = 0, edges = 0;
  for (const auto& tree : said["trees"])
    for (const auto& node : tree["nodes"]) {
      edges += node["children"].size();
      roots += node["parent"] == -1 ? 1 : 0;
    }
  EXPECT_EQ(roots, 4U);
  EXPECT_EQ(edges + roots, words.size());
  const std::string bytes = sha256_file(folder / "t.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "t.h5ad"), bytes);
  const Outcome shown =
      run_neurox(folder, "attribute model some.txt --method agglomerative --target 1 --show 1 -o s.h5ad");
  EXPECT_NE(shown.out.find("  the cat sat on\n"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("    "), std::string::npos);
  EXPECT_EQ(shown.out.find("a dog"), std::string::npos) << "one tree is enough";
}
TEST(AttributeTrees, AWideTextIsShortenedInTheTerminalAlone) {
  const TreeFolder folder;
  write_text(folder / "wide.txt", "a b c d e f g h i j k l m\n");
  const Outcome shown = run_neurox(folder, "attribute model wide.txt --method agglomerative -o w.h5ad");
  EXPECT_NE(shown.out.find("  a b c d e f ... j k l m\n"), std::string::npos) << shown.out;
  const auto said = must_run(folder, "attribute model wide.txt --method agglomerative -o w.h5ad --force");
  EXPECT_EQ(said["trees"][0]["nodes"][0]["words"], "a b c d e f g h i j k l m");
}
TEST(AttributeTrees, Refusals) {
  const TreeFolder folder;
  expect_refusal(
      folder, "attribute model some.txt --method agglomerative,saliency -o out.h5ad", 2,
      "'saliency' is no method of trees of words; those are agglomerative, agglomerative-occlusion");
  expect_refusal(folder, "attribute model some.txt --method agglomeratve -o out.h5ad", 2,
                 "did you mean 'agglomerative'?");
  expect_refusal(folder, "attribute model some.txt --method agglomerative --sites resid_post -o out.h5ad", 2,
                 "--method agglomerative is of words and goes without --sites");
  expect_refusal(folder, "attribute model some.txt --method agglomerative --scale probability -o out.h5ad", 2,
                 "only a logit is decomposed; take --scale logit");
}
TEST(AttributeTrees, RelevanceAndDecompositionAreMethodsOfWords) {
  const TreeFolder folder;
  const auto said = must_run(folder,
                             "attribute model some.txt --method lrp,contextual-decomposition --target 1 "
                             "--faithfulness --trust -o w.h5ad");
  for (const std::size_t of_lrp : {0, 2}) {
    EXPECT_EQ(said["examples"][of_lrp]["method"], "lrp");
    EXPECT_LT(std::abs(said["examples"][of_lrp]["delta"].get<double>()), 1e-5);
  }
  EXPECT_EQ(said["trust"].size(), 2U);
}

}  // namespace
}  // namespace neurox::testing
