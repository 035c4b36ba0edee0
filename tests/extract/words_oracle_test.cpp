#include <gmock/gmock.h>

#include "neurox/extract/extract.h"
#include "neurox/extract/pooled_forward.h"
#include "neurox/io/activation_reader.h"
#include "tiny_model.h"

namespace neurox::extract {
namespace {

/// Word activations of MiniLM at hidden states 0, 3 and 6, beside those that NeuroX's extractor gave.
void compare(const std::string& name, Pooling pooling) {
  NEUROX_NEED(oracle, testing::shared("oracles/words"));
  NEUROX_NEED(folder, testing::real_model("minilm"));
  model::Model model = model::Model::load(folder);
  const text::Tokenizer tokenizer = text::Tokenizer::load(folder);
  const auto corpus = io::CorpusReader::open((oracle / "sentences.txt").string());
  PlanOptions plan;
  plan.pooling = pooling;
  std::vector<SentencePlan> plans;
  while (const auto sentence = corpus->next())
    plans.push_back(plan_sentence(tokenizer, plan_input(*sentence, "sentences.txt"), plan));
  PooledForward forward(model, {{{"blocks.0.hook_resid_pre", 0, 384},
                                 {"blocks.2.hook_resid_post", 2, 384},
                                 {"blocks.5.hook_resid_post", 5, 384}}});
  const MatrixF X = forward.run(plans);

  const auto peer = io::ActivationReader::open(oracle / ("pypi-" + name + "-layers036.hdf5"));
  ASSERT_EQ(X.rows(), peer->rows());
  ASSERT_EQ(X.cols(), peer->cols());
  MatrixF Y(peer->rows(), peer->cols());
  peer->read(0, Y);
  const float worst = (X - Y).cwiseAbs().maxCoeff();
  EXPECT_LT(worst, 2e-5F);
  ::testing::Test::RecordProperty("largest_difference", std::to_string(worst));
}

TEST(WordsOracle, FirstPiecesEqualNeuroX) {
  compare("first", Pooling::First);
}
TEST(WordsOracle, LastPiecesEqualNeuroX) {
  compare("last", Pooling::Last);
}
TEST(WordsOracle, MeansOfPiecesEqualNeuroX) {
  compare("average", Pooling::Mean);
}

}  // namespace
}  // namespace neurox::extract
