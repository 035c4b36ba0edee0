#include "neurox/ablate/ablation.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "neurox/ablate/classifier_measure.h"
#include "neurox/ablate/likelihood_measure.h"
#include "neurox/ablate/probe_measure.h"
#include "neurox/extract/pooled_forward.h"
#include "tiny_model.h"

namespace neurox::ablate {
namespace {

double figure(const std::vector<Figures>& all, std::size_t condition, const std::string& name,
              const std::string& target = "model") {
  for (const Figures& f : all)
    if (f.condition == condition && f.class_name.empty() && f.target == target)
      for (const auto& [found, value] : f.values)
        if (found == name) return value;
  ADD_FAILURE() << "no figure " << name;
  return std::nan("");
}

/// Corpora of a word class each: "v" words have vowels.
class AblationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string text = "sentence,label\n";
    for (int i = 0; i < 60; ++i)
      text += std::string(1, static_cast<char>('a' + i % 26)) + " bc " +
              std::string(static_cast<std::size_t>(1 + i % 7), 'd') + (i % 2 == 0 ? ",1\n" : ",0\n");
    testing::write_text(folder_ / "corpus.csv", text);
  }
  std::unique_ptr<io::CorpusReader> corpus() const {
    return io::CorpusReader::open((folder_ / "corpus.csv").string());
  }

  testing::TempFolder folder_;
};

/// Confidence lost under each edit, sentence by sentence, against whole passes of one sentence each.
void expect_whole_passes(const std::string& family, const std::vector<std::vector<SiteEdit>>& edits,
                         io::CorpusReader& corpus, std::int64_t window_tokens) {
  const testing::TempFolder folder;
  const auto path = testing::tiny_model(folder, family);
  model::Model model = model::Model::load(path);
  const text::Tokenizer tokenizer = text::Tokenizer::load(path);
  std::vector<std::unique_ptr<Measure>> measures;
  measures.push_back(measure_classifier(model, {0, false}, edits.size()));
  AblationOptions options;
  options.plan.max_pieces = 20;
  options.window_tokens = window_tokens;
  run_ablation(model, tokenizer, corpus, edits, measures, options);
  const auto confidence = measures[0]->sentence_figures()[0].values;

  const torch::InferenceMode no_gradients;
  corpus.rewind();
  double moved = 0;
  for (Index s = 0; s < 60; ++s) {
    const auto ids = tokenizer.encode(corpus.next()->text).ids;
    const auto batch = model::Batch::of({std::vector<std::int64_t>(ids.begin(), ids.end())});
    const torch::Tensor intact =
        model.classify(model.forward(batch), batch).to(torch::kFloat64).softmax(-1)[0];
    const auto c = intact.argmax().item<std::int64_t>();
    for (std::size_t e = 1; e < edits.size(); ++e) {
      const auto guards = put_edits(model.hooks(), edits[e], model.device());
      const torch::Tensor p = model.classify(model.forward(batch), batch).to(torch::kFloat64).softmax(-1)[0];
      const double lost = (intact[c] - p[c]).item<double>();
      EXPECT_NEAR(confidence(static_cast<Index>(e), s), lost, 2e-6) << family << ", condition " << e;
      moved = std::max(moved, std::abs(lost));
    }
    EXPECT_EQ(confidence(0, s), 0);
  }
  EXPECT_GT(moved, 1e-4) << family;
}

TEST_F(AblationTest, PassesThatBeginAtTheEditedBlockEqualWholePasses) {
  const auto reader = corpus();
  expect_whole_passes(
      "bert-sequence",
      {{}, {{{SiteKind::MlpPost, 1}, {0, 3}, {0.5F, -2}}}, {{{SiteKind::ResidPost, 0}, {1}, {3}}}}, *reader,
      64);  // several windows
}
TEST_F(AblationTest, PassesThatBeginBehindAnMlpAndEndAtOnePositionEqualWholePasses) {
  std::vector<std::vector<SiteEdit>> edits{{}};
  for (const Change change : {Change::Replace, Change::Scale, Change::Add})
    for (const std::int64_t unit : {0, 5}) {
      edits.push_back({{{SiteKind::MlpPost, 0}, {unit, unit + 2}, {3, -2}, change}});
      edits.push_back({{{SiteKind::MlpPost, 0}, {unit}, {4}, change}, {{SiteKind::AttnZ, 1}, {2}, {1}}});
    }
  const auto reader = corpus();
  for (const std::int64_t window : {1, 4096})  // conditions together; all sentences at once
    expect_whole_passes("bert-sequence", edits, *reader, window);
  for (const char* family : {"roberta-sequence", "gpt2-sequence", "llama-sequence", "gpt-neox-sequence",
                             "xlnet-sequence", "gemma3-sequence"})
    expect_whole_passes(family, edits, *reader, 64);
}
TEST_F(AblationTest, AnEditThatReplacesNothingVisibleLeavesEveryFigure) {
  const auto path = testing::tiny_model(folder_, "bert-sequence");
  model::Model model = model::Model::load(path);
  const text::Tokenizer tokenizer = text::Tokenizer::load(path);
  // In the last block only the first token reaches the classifier, so values of attention queries elsewhere
  // cannot matter; an edit of no neuron is no edit.
  const std::vector<std::vector<SiteEdit>> edits{{}, {{{SiteKind::MlpPost, 1}, {}, {}}}};
  std::vector<std::unique_ptr<Measure>> measures;
  measures.push_back(measure_classifier(model, {0, false}, edits.size()));
  AblationOptions options;
  options.plan.max_pieces = 20;
  run_ablation(model, tokenizer, *corpus(), edits, measures, options);
  const auto figures = measures[0]->figures();
  EXPECT_DOUBLE_EQ(figure(figures, 1, "flip_rate"), 0);
  EXPECT_NEAR(figure(figures, 1, "confidence_drop"), 0, 1e-7);
  EXPECT_DOUBLE_EQ(figure(figures, 1, "accuracy"), figure(figures, 0, "accuracy"));
}
TEST_F(AblationTest, LikelihoodOfALanguageModelIsThatOfItsSentences) {
  const auto path = testing::tiny_model(folder_, "gpt2-lm");
  model::Model model = model::Model::load(path);
  const text::Tokenizer tokenizer = text::Tokenizer::load(path);
  const std::vector<std::vector<SiteEdit>> edits{
      {}, {{{SiteKind::MlpPost, 0}, {0, 1, 2, 3, 4}, {0, 0, 0, 0, 0}}}};
  std::vector<std::unique_ptr<Measure>> measures;
  measures.push_back(measure_likelihood(model, edits.size()));
  AblationOptions options;
  options.plan.max_pieces = static_cast<int>(model.config().max_positions);
  run_ablation(model, tokenizer, *corpus(), edits, measures, options);
  const auto figures = measures[0]->figures();
  const double nll = figure(figures, 0, "nll");
  EXPECT_NEAR(figure(figures, 0, "perplexity"), std::exp(nll), 1e-9);
  EXPECT_NEAR(figure(figures, 1, "nll_rise"), figure(figures, 1, "nll") - nll, 1e-12);
  EXPECT_GT(std::abs(figure(figures, 1, "nll_rise")), 1e-5);
  const auto sums = measures[0]->sentence_figures()[0].values;
  EXPECT_NEAR(sums.row(0).cast<double>().sum() / figure(figures, 0, "tokens"), nll, 1e-5);
}
TEST_F(AblationTest, AProbeSeesTheEditInLaterSitesOnlyWhenItFlowsOn) {
  const auto path = testing::tiny_model(folder_);
  model::Model model = model::Model::load(path);
  const text::Tokenizer tokenizer = text::Tokenizer::load(path);
  // A probe of the last site whose one weight reads neuron 0; the edited neuron lies in the site before.
  ProbeInput probe;
  probe.classes = {"0", "1"};
  probe.gold.label.of_words = false;
  probe.axis = all_neurons({{"blocks.0.hook_resid_post", 0, 24}, {"blocks.1.hook_resid_post", 1, 24}});
  probe.fit.W = MatrixF::Zero(2, 48);
  probe.fit.W(0, 24) = 1;
  probe.fit.b = VectorF::Zero(2);
  probe.fit.mean = VectorD::Zero(48);
  probe.fit.scale = VectorD::Ones(48);
  AblationOptions options;
  options.plan.unit = extract::Unit::Sentence;
  options.plan.max_pieces = 20;
  options.probe_sites = sites_in_use(probe.axis);
  std::vector<std::int64_t> all;
  std::vector<float> values;
  for (std::int64_t n = 0; n < 24; ++n) all.push_back(n), values.push_back(n % 2 == 0 ? 5.0F : -5.0F);
  const std::vector<std::vector<SiteEdit>> edits{{}, {{{SiteKind::ResidPost, 0}, all, values}}};
  std::vector<std::unique_ptr<Measure>> measures;
  measures.push_back(measure_probe(probe, edits));
  run_ablation(model, tokenizer, *corpus(), edits, measures, options);
  const auto figures = measures[0]->figures();
  EXPECT_DOUBLE_EQ(figure(figures, 1, "flip_rate", "matrix"), 0)
      << "the probe reads a site that the matrix edit leaves alone";
  // Every sentence now continues from the same vectors, so all get one prediction.
  const double accuracy = figure(figures, 1, "accuracy");
  EXPECT_DOUBLE_EQ(accuracy, 0.5);
}
TEST(ClassOfLabel, ANameInAnyCaseANumberOrLabelN) {
  const std::vector<std::string> classes{"NEGATIVE", "POSITIVE"};
  EXPECT_EQ(class_of_label(classes, "positive"), 1);
  EXPECT_EQ(class_of_label(classes, "0"), 0);
  EXPECT_EQ(class_of_label(classes, "LABEL_1"), 1);
  EXPECT_EQ(class_of_label(classes, "neutral"), -1);
}

}  // namespace
}  // namespace neurox::ablate
