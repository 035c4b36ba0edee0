#include "neurox/extract/extract.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "neurox/core/hash.h"
#include "neurox/core/selection.h"
#include "neurox/extract/pooled_forward.h"
#include "neurox/io/activation_reader.h"
#include "tiny_model.h"

namespace neurox::extract {
namespace {

/// Stops a run in its middle, as a kill would.
class StopAfter final : public Progress {
 public:
  explicit StopAfter(std::int64_t sentences) : left_(sentences) {}
  void stage(std::string_view what, std::int64_t, std::string_view) override { filling_ = what == "extract"; }
  void advance_to(std::int64_t done) override {
    if (filling_ && done >= left_) throw std::runtime_error("stopped");
  }

 private:
  std::int64_t left_;
  bool filling_ = false;
};

class ExtractTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string text;
    for (int i = 0; i < 400; ++i)
      text += std::string(1, static_cast<char>('a' + i % 26)) + "b cd " +
              std::string(static_cast<std::size_t>(1 + i % 9), 'x') + " .\n";
    testing::write_text(folder_ / "corpus.txt", text);
  }

  ExtractSummary run(const std::string& name, bool resume = false, Progress* progress = nullptr) {
    const auto corpus = io::CorpusReader::open((folder_ / "corpus.txt").string());
    ExtractOptions options;
    options.sites = sites();
    options.memory_bytes = 1;  // the smallest windows: 256 rows
    options.resume = resume;
    options.progress = progress;
    options.plan.max_pieces = 20;
    return extract(model_, tokenizer_, *corpus, folder_ / name, options);
  }
  std::vector<SiteColumns> sites() const {
    std::vector<SiteColumns> out;
    for (const std::size_t s : select_sites("resid_post,mlp_post@1", model_.sites()))
      out.push_back(model_.sites()[s]);
    return out;
  }

  testing::TempFolder folder_;
  std::filesystem::path path_ = testing::tiny_model(folder_);
  model::Model model_ = model::Model::load(path_);
  text::Tokenizer tokenizer_ = text::Tokenizer::load(path_);
};

TEST_F(ExtractTest, RowsAreInCorpusOrderAndEqualOneSentenceAtATime) {
  const ExtractSummary summary = run("all.h5ad");
  EXPECT_EQ(summary.sentences, 400);
  EXPECT_EQ(summary.rows, 1600);
  const auto file = io::ActivationReader::open(folder_ / "all.h5ad");
  MatrixF X(file->rows(), file->cols());
  file->read(0, X);
  EXPECT_EQ(file->neurons().address(24), "blocks.1.mlp.hook_post:0")
      << "sites stand in the order of computation";

  PooledForward alone(model_, {sites()});
  const auto corpus = io::CorpusReader::open((folder_ / "corpus.txt").string());
  Index row = 0;
  for (int i = 0; i < 50; ++i) {
    const io::Sentence sentence = *corpus->next();
    PlanOptions plan;
    plan.max_pieces = 20;
    const std::vector<SentencePlan> plans{plan_sentence(tokenizer_, plan_input(sentence, "corpus"), plan)};
    const MatrixF Y = alone.run(plans);
    EXPECT_LT((X.middleRows(row, Y.rows()) - Y).cwiseAbs().maxCoeff(), 2e-5F) << "sentence " << i;
    row += Y.rows();
  }
}
TEST_F(ExtractTest, TheSameCommandGivesTheSameBytes) {
  run("a.h5ad");
  run("b.h5ad");
  EXPECT_EQ(sha256_file(folder_ / "a.h5ad"), sha256_file(folder_ / "b.h5ad"));
}
TEST_F(ExtractTest, AnInterruptedRunThatResumesEndsWithTheSameBytes) {
  run("whole.h5ad");
  for (const std::int64_t after : {1, 130, 390}) {
    const std::string name = "parts" + std::to_string(after) + ".h5ad";
    StopAfter stop(after);
    EXPECT_THROW(run(name, false, &stop), std::runtime_error);
    EXPECT_FALSE(std::filesystem::exists(folder_ / name));
    run(name, true);
    EXPECT_EQ(sha256_file(folder_ / "whole.h5ad"), sha256_file(folder_ / name)) << "stopped after " << after;
  }
}
TEST_F(ExtractTest, ASitePassEndsAtTheHighestBlockAskedFor) {
  int later = 0;
  const auto guard = model_.hooks().observe({SiteKind::ResidPre, 1}, [&](const torch::Tensor&) { ++later; });
  PooledForward forward(model_, {{model_.sites()[1]}});  // attn_q of block 0
  const auto corpus = io::CorpusReader::open((folder_ / "corpus.txt").string());
  const std::vector<SentencePlan> plans{plan_sentence(tokenizer_, plan_input(*corpus->next(), "corpus"), {})};
  forward.run(plans);
  EXPECT_EQ(later, 0);
}
TEST_F(ExtractTest, MeansOfTheFileAreMeansOfItsRows) {
  run("stats.h5ad");
  const auto file = io::ActivationReader::open(folder_ / "stats.h5ad");
  MatrixF X(file->rows(), file->cols());
  file->read(0, X);
  const std::vector<double> means = file->var().numbers("mean", "stats");
  for (Index c = 0; c < X.cols(); ++c)
    EXPECT_NEAR(means[static_cast<std::size_t>(c)], X.col(c).cast<double>().mean(), 1e-6);
}
TEST_F(ExtractTest, AttentionProbabilitiesAreNoColumns) {
  const auto message = testing::refusal([&] {
    PooledForward(model_, {{SiteColumns{"blocks.0.attn.hook_pattern", 0, 0, 0}}});
  });
  EXPECT_THAT(message, ::testing::HasSubstr("its shape depends on the sentence"));
}

}  // namespace
}  // namespace neurox::extract
