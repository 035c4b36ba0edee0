#include "neurox/ablate/copied_edits.h"

#include <gtest/gtest.h>

#include "neurox/ablate/ablation.h"
#include "neurox/ablate/classifier_measure.h"
#include "neurox/ablate/likelihood_measure.h"
#include "tiny_model.h"

namespace neurox::ablate {
namespace {

/// Single neurons of several sites, and two at once.
std::vector<std::vector<SiteEdit>> conditions() {
  std::vector<std::vector<SiteEdit>> out{{}};
  for (const int block : {0, 1})
    for (const SiteKind kind : {SiteKind::AttnZ, SiteKind::MlpPost, SiteKind::ResidPost})
      for (const std::int64_t neuron : {2, 11}) out.push_back({{{kind, block}, {neuron}, {-1.5F}}});
  out.push_back({{{SiteKind::MlpPost, 1}, {0, 5}, {1, 2}}, {{SiteKind::ResidPost, 1}, {3}, {0.5F}}});
  return out;
}

TEST(CopiedEdits, ConditionsThatGoTogetherMeasureWhatTheyMeasureAlone) {
  for (const std::string family : {"bert-sequence", "gpt2-lm"}) {
    const testing::TempFolder folder;
    const auto path = testing::tiny_model(folder, family);
    testing::write_text(folder / "some.txt", "the cat\na dog sat\nbc d\nit\n");
    model::Model model = model::Model::load(path);
    const text::Tokenizer tokenizer = text::Tokenizer::load(path);
    const auto edits = conditions();
    std::vector<MatrixF> found;
    for (const std::int64_t batch_tokens : {1, 4096}) {
      const auto corpus = io::CorpusReader::open((folder / "some.txt").string());
      std::vector<std::unique_ptr<Measure>> measures;
      measures.push_back(model.has_causal_lm() ? measure_likelihood(model, edits.size())
                                               : measure_classifier(model, {}, edits.size()));
      AblationOptions options;
      options.plan.max_pieces = 20;
      options.window_tokens = 20;
      options.batch_tokens = batch_tokens;
      run_ablation(model, tokenizer, *corpus, edits, measures, options);
      found.push_back(measures[0]->sentence_figures()[0].values);
    }
    ASSERT_EQ(found[0].rows(), static_cast<Index>(edits.size()));
    EXPECT_LT((found[0] - found[1]).cwiseAbs().maxCoeff(), 5e-6F) << family;
    EXPECT_GT((found[1].row(1) - found[1].row(0)).cwiseAbs().maxCoeff(), 1e-5F) << family;
  }
}
TEST(CopiedEdits, EachCopyIsEditedAsItsConditionSays) {
  const model::Model model =
      model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models/bert-sequence");
  const std::vector<SiteEdit> a{{{SiteKind::MlpPost, 1}, {0}, {7}}}, b{{{SiteKind::MlpPost, 1}, {2}, {9}}};
  const std::vector<const std::vector<SiteEdit>*> both{&a, &b};
  const auto edits = copied_edits(model, both);
  ASSERT_EQ(edits.size(), 1U);
  const torch::Tensor x = edits[0].second(at::zeros({4, 40}));  // two copies of two tokens
  EXPECT_EQ(x.sum().item<double>(), 2 * 7 + 2 * 9);
  EXPECT_EQ(x[1][0].item<double>(), 7);
  EXPECT_EQ(x[2][2].item<double>(), 9);
  EXPECT_TRUE(copied_edits(model, both, 1).empty());
  const std::vector<SiteEdit> far{{{SiteKind::MlpPost, 1}, {40}, {7}}};
  const std::vector<const std::vector<SiteEdit>*> one{&far};
  EXPECT_EQ(testing::refusal([&] { copied_edits(model, one); }),
            "blocks.1.mlp.hook_post: no neuron 40; it has 40");
}

}  // namespace
}  // namespace neurox::ablate
