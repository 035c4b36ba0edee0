#include "neurox/attribute/tree_methods.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "neurox/attribute/decomposition.h"
#include "support.h"

namespace neurox::attribute {
namespace {

class TreesOfWords : public ::testing::Test {
 protected:
  TreesOfWords() {
    at::set_num_threads(1);
    model_.emplace(model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / "bert-sequence",
                                      {.dtype = torch::kFloat64}));
    // Two words of one piece, one of two, between special tokens.
    for (const std::vector<std::int64_t>& places :
         std::vector<std::vector<std::int64_t>>{{0}, {1}, {2, 3}, {4}, {5}}) {
      ExampleRow row;
      row.special = places[0] == 0 || places[0] == 5;
      row.places = places;
      example_.rows.push_back(row);
    }
    example_.where = "some.txt:1";
    example_.function = std::make_unique<SentenceFunction>(
        *model_, model::Batch::of({{2, 11, 40, 23, 17, 3}}), Target{.index = 1}, std::int64_t{16} << 20);
    const torch::NoGradGuard no_gradients;
    for (const std::int64_t filler : {9, 30})
      example_.baselines.push_back(model_->embed(model::Batch::of({{2, filler, filler, filler, filler, 3}})));
    example_.baseline = example_.baselines.front();
  }
  static RowTree run(const std::string& name, const Example& example) {
    for (const TreeMethod& m : tree_methods())
      if (m.name == name) return m.run(example);
    throw std::runtime_error(name);
  }
  std::optional<model::Model> model_;
  Example example_;
};

TEST_F(TreesOfWords, EveryNodesScoreIsTheDecompositionOfItsWords) {
  const RowTree found = run("agglomerative", example_);
  EXPECT_EQ(found.rows, (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_NEAR(found.value, example_.function->value(example_.function->embeddings()), 0);
  EXPECT_EQ(found.baseline, 0);
  const Decomposition d(*example_.function, {});
  for (const HierarchyNode& node : found.tree.nodes) {
    torch::Tensor part = at::zeros_like(d.embeddings());
    for (std::size_t w = node.first; w <= node.last; ++w)
      for (const std::int64_t p : example_.rows[found.rows[w]].places) part[p] = d.embeddings()[p];
    EXPECT_NEAR(d.shares(part.unsqueeze(0)).item<double>(), node.score, 1e-10);
  }
  const HierarchyNode& root = found.tree.nodes.back();
  EXPECT_EQ(root.first, 0U);
  EXPECT_EQ(root.last, 2U);
}
TEST_F(TreesOfWords, OcclusionsRootIsWhatAllWordsGiveOverTheMeanBaseline) {
  const RowTree found = run("agglomerative-occlusion", example_);
  const double a = example_.function->value(example_.baselines[0]),
               b = example_.function->value(example_.baselines[1]);
  EXPECT_NEAR(found.baseline, (a + b) / 2, 1e-12);
  EXPECT_NEAR(found.tree.nodes.back().score, found.value - (a + b) / 2, 1e-12);
}
TEST_F(TreesOfWords, ATextWithoutWordsIsRefusedByName) {
  for (ExampleRow& row : example_.rows) row.special = true;
  EXPECT_EQ(neurox::testing::refusal([&] { run("agglomerative", example_); }), "some.txt:1: no word in it");
}

}  // namespace
}  // namespace neurox::attribute
