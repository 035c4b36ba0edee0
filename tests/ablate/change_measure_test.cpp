#include "neurox/ablate/change_measure.h"

#include <gmock/gmock.h>

#include <cmath>

#include "neurox/ablate/ablation.h"
#include "tiny_model.h"

namespace neurox::ablate {
namespace {

class ChangeMeasureTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string text;
    for (int i = 0; i < 30; ++i)
      text += std::string(1, static_cast<char>('a' + i % 26)) + " b " + std::string(1 + i % 3, 'd') + "\n";
    testing::write_text(folder_ / "text.txt", text);
    path_ = testing::tiny_model(folder_, "gpt2-lm");
  }

  testing::TempFolder folder_;
  std::filesystem::path path_;
};

TEST_F(ChangeMeasureTest, ADirectionAddedToTheStreamIsWhatChanges) {
  model::Model model = model::Model::load(path_);
  const text::Tokenizer tokenizer = text::Tokenizer::load(path_);
  // 0.5 is added to neuron 3 of the first block's stream; nothing before it moves, and the stream by just
  // that.
  const std::vector<std::vector<SiteEdit>> edits{{},
                                                 {{{SiteKind::ResidPost, 0}, {3}, {0.5F}, Change::Add}},
                                                 {{{SiteKind::ResidPost, 0}, {3}, {1}, Change::Scale}}};
  AblationOptions options;
  options.plan.max_pieces = 20;
  options.window_tokens = 64;  // several windows
  options.probe_sites = {{"blocks.0.mlp.hook_post", 0, 96},
                         {"blocks.0.hook_resid_post", 0, 24},
                         {"blocks.1.hook_resid_post", 1, 24}};
  std::vector<std::unique_ptr<Measure>> measures;
  measures.push_back(std::make_unique<ChangeMeasure>(edits.size(), 96 + 24 + 24));
  const auto corpus = io::CorpusReader::open((folder_ / "text.txt").string());
  run_ablation(model, tokenizer, *corpus, edits, measures, options);
  const auto& found = dynamic_cast<const ChangeMeasure&>(*measures[0]);
  EXPECT_EQ(found.rows(), 90);
  const VectorD change = found.change(1), absolute = found.absolute_change(1);
  EXPECT_EQ(absolute.head(96).maxCoeff(), 0);
  for (Index i = 0; i < 24; ++i) EXPECT_NEAR(change(96 + i), i == 3 ? 0.5 : 0, 1e-6) << i;
  EXPECT_GT(absolute.tail(24).minCoeff(), 1e-4);
  for (Index i = 0; i < change.size(); ++i) EXPECT_LE(std::abs(change(i)), absolute(i) + 1e-9);
  EXPECT_LT(found.absolute_change(2).maxCoeff(), 1e-6) << "scaled by 1";
  EXPECT_GT(found.standard_deviation().minCoeff(), 0);
}

}  // namespace
}  // namespace neurox::ablate
