#include <gmock/gmock.h>

#include <cmath>

#include "neurox/ablate/ablation.h"
#include "neurox/ablate/divergence_measure.h"
#include "neurox/ablate/likelihood_measure.h"
#include "neurox/ablate/pairs_measure.h"
#include "neurox/model/likelihood.h"
#include "tiny_model.h"

namespace neurox::ablate {
namespace {

using ::testing::HasSubstr;

class Scores : public ::testing::Test {
 protected:
  std::vector<Figures> figures(std::unique_ptr<Measure> measure, const std::string& file) {
    const auto corpus = io::CorpusReader::open((folder_ / file).string());
    std::vector<std::unique_ptr<Measure>> measures;
    measures.push_back(std::move(measure));
    AblationOptions options;
    options.plan.max_pieces = 16;
    run_ablation(model_, tokenizer_, *corpus, edits_, measures, options);
    return measures[0]->figures();
  }
  static double value(const Figures& row, const std::string& name) {
    for (const auto& [found, v] : row.values)
      if (found == name) return v;
    return std::nan("");
  }
  torch::Tensor log_p(const std::string& text) {
    const auto ids = tokenizer_.encode(text).ids;
    const auto batch = model::Batch::of({std::vector<std::int64_t>(ids.begin(), ids.end())});
    return model_.lm_logits(model_.forward(batch)).to(torch::kFloat64).log_softmax(1);
  }

  testing::TempFolder folder_;
  std::filesystem::path path_ = testing::tiny_model(folder_, "gpt2-lm");
  model::Model model_ = model::Model::load(path_);
  text::Tokenizer tokenizer_ = text::Tokenizer::load(path_);
  std::vector<std::vector<SiteEdit>> edits_{{}, {{{SiteKind::ResidPost, 0}, {0, 3, 5}, {4, -4, 2}}}};
};

TEST_F(Scores, DivergenceIsTheMeanOverPlacesAndZeroOfTheIntactModel) {
  testing::write_text(folder_ / "a.txt", "ab cd e\nfg h\n");
  const auto found = figures(measure_divergence(model_, 2), "a.txt");
  EXPECT_DOUBLE_EQ(value(found[0], "kl"), 0);
  const torch::InferenceMode no_gradients;
  double sum = 0;
  std::int64_t places = 0;
  for (const char* text : {"ab cd e", "fg h"}) {
    const torch::Tensor p = log_p(text);
    const auto guards = put_edits(model_.hooks(), edits_[1], model_.device());
    const torch::Tensor q = log_p(text);
    const torch::Tensor kl = (p.exp() * (p - q)).sum(1).slice(0, 0, -1);
    sum += kl.sum().item<double>();
    places += kl.size(0);
  }
  EXPECT_NEAR(value(found[1], "kl"), sum / static_cast<double>(places), 1e-5);
  EXPECT_DOUBLE_EQ(value(found[1], "tokens"), static_cast<double>(places));
}
TEST_F(Scores, LikelihoodsByClassAddUpToTheirTokens) {
  testing::write_text(folder_ / "a.conllu",
                      "1\tab\tab\tN\t_\t_\t0\troot\t_\t_\n2\tc\tc\tV\t_\t_\t1\tdep\t_\t_\n3\tde\tde\tN\t_\t_"
                      "\t1\tdep\t_\t_\n\n"
                      "1\tf\tf\tV\t_\t_\t0\troot\t_\t_\n2\tg\tg\tV\t_\t_\t1\tdep\t_\t_\n\n");
  const auto corpus = io::CorpusReader::open((folder_ / "a.conllu").string());
  const auto found = figures(measure_likelihood(model_, 2, find_labels(*corpus, "upos", "test")), "a.conllu");
  ASSERT_EQ(found.size(), 6U);
  for (std::size_t c = 0; c < 2; ++c) {
    const Figures &all = found[3 * c], &n = found[3 * c + 1], &v = found[3 * c + 2];
    EXPECT_EQ(n.class_name, "N");
    // [CLS] a ##b c d ##e [SEP], [CLS] f g [SEP]: the first is not scored, the last is no word's.
    EXPECT_EQ(value(n, "tokens"), 4);
    EXPECT_EQ(value(v, "tokens"), 3);
    EXPECT_GE(value(all, "tokens"), 7);
    EXPECT_NEAR(value(n, "perplexity"), std::exp(value(n, "nll")), 1e-9);
  }
  EXPECT_DOUBLE_EQ(value(found[1], "nll_rise"), 0);
  EXPECT_NE(value(found[4], "nll_rise"), 0);
}
TEST_F(Scores, APairIsRightWhereItsGoodSentenceIsTheLikelier) {
  testing::write_text(folder_ / "a.jsonl",
                      R"({"sentence_good": "ab cd", "sentence_bad": "ab xy", "UID": "one"})"
                      "\n"
                      R"({"good": "fg h", "bad": "fg q", "UID": "two"})"
                      "\n\n"
                      R"({"good": "q r", "bad": "s t", "UID": "two"})"
                      "\n");
  const auto found = figures(measure_pairs(model_, 2, 1), "a.jsonl");
  ASSERT_EQ(found.size(), 6U);
  const char* sentences[3][2] = {{"ab cd", "ab xy"}, {"fg h", "fg q"}, {"q r", "s t"}};
  const torch::InferenceMode no_gradients;
  double right = 0, margin = 0;
  for (const auto& pair : sentences) {
    double nll[2];
    for (int i = 0; i < 2; ++i) {
      const auto ids = tokenizer_.encode(pair[i]).ids;
      const auto batch = model::Batch::of({std::vector<std::int64_t>(ids.begin(), ids.end())});
      nll[i] = -model::sentence_log_likelihoods(model_, model_.forward(batch), batch)[0].item<double>();
    }
    right += nll[0] < nll[1] ? 1 : 0;
    margin += nll[1] - nll[0];
  }
  EXPECT_DOUBLE_EQ(value(found[0], "tokens"), 3);
  EXPECT_DOUBLE_EQ(value(found[0], "accuracy"), right / 3);
  EXPECT_NEAR(value(found[0], "margin"), margin / 3, 1e-5);
  EXPECT_EQ(found[2].class_name, "two");
  EXPECT_DOUBLE_EQ(value(found[2], "tokens"), 2);
  EXPECT_DOUBLE_EQ(value(found[0], "flip_rate"), 0);
}
TEST_F(Scores, LinesThatAreNoPairsAreRefused) {
  testing::write_text(folder_ / "a.jsonl", R"({"good": "ab cd"})");
  testing::write_text(folder_ / "b.jsonl", "ab cd\n");
  EXPECT_THAT(testing::refusal([&] { figures(measure_pairs(model_, 2, {}), "a.jsonl"); }),
              HasSubstr("a.jsonl:1: no text under 'sentence_bad' or 'bad'"));
  EXPECT_THAT(testing::refusal([&] { figures(measure_pairs(model_, 2, {}), "b.jsonl"); }),
              HasSubstr("b.jsonl:1: is no JSON object"));
  const model::Model encoder = model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models/bert");
  EXPECT_THAT(testing::refusal([&] { measure_divergence(encoder, 1); }), HasSubstr("neither a classifier"));
}

}  // namespace
}  // namespace neurox::ablate
