#include <gmock/gmock.h>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

class CommandProbe : public ::testing::Test {
 protected:
  void SetUp() override {
    must_run(folder_, "extract model train.conllu -o train.h5ad");
    must_run(folder_, "extract model dev.conllu -o dev.h5ad");
  }
  PipelineFolder folder_;
};

TEST_F(CommandProbe, LearnsWhatIsReadableAndShowsBaselinesAndControlBesideIt) {
  const auto said =
      must_run(folder_, "probe train.h5ad --label upos --eval dev.h5ad -o p.h5ad --lambda 0.0001");
  EXPECT_GT(said["accuracy"].get<double>(), said["majority class"].get<double>());
  EXPECT_GE(said["tag lookup per word"].get<double>(), said["majority class"].get<double>());
  EXPECT_NEAR(said["selectivity"].get<double>(),
              said["accuracy"].get<double>() - said["control task"].get<double>(), 1e-12);
  EXPECT_LE(said["optimality residual"].get<double>(), 1e-5);
  ASSERT_EQ(said["sites"].size(), 3U);
  EXPECT_EQ(said["sites"][2]["site"], "all");
  EXPECT_EQ(said["per_class"].size(), 2U);
}
TEST_F(CommandProbe, HoldsOutSentencesWhenThereIsNothingToEvaluateOn) {
  const auto said = must_run(folder_, "probe train.h5ad --label feats.Number -o p.h5ad --held-out 0.25");
  EXPECT_EQ(said["train tokens"].get<int>() + said["eval tokens"].get<int>(), 480);
  EXPECT_NEAR(said["eval tokens"].get<double>() / 480, 0.25, 0.02);
}
TEST_F(CommandProbe, GivesTheSameBytesAgainAndWhenTheMatrixIsStreamed) {
  must_run(folder_, "probe train.h5ad --label upos --eval dev.h5ad -o p.h5ad");
  const io::AnnData kept = io::read_anndata(folder_ / "p.h5ad");
  const std::string bytes = sha256_file(folder_ / "p.h5ad");
  must_run(folder_, "probe train.h5ad --label upos --eval dev.h5ad -o p.h5ad --force");
  EXPECT_EQ(sha256_file(folder_ / "p.h5ad"), bytes);
  must_run(folder_, "probe train.h5ad --label upos --eval dev.h5ad -o p.h5ad --force --memory 1K");
  EXPECT_LT((*io::read_anndata(folder_ / "p.h5ad").X - *kept.X).cwiseAbs().maxCoeff(), 1e-3F);
}
TEST_F(CommandProbe, TheDescriptionLengthOfEachSiteIsKept) {
  const auto said =
      must_run(folder_, "probe train.h5ad --label upos -o p.h5ad --no-control --description-length");
  ASSERT_EQ(said["description_length"].size(), 2U);
  const io::AnnData probe = io::read_anndata(folder_ / "p.h5ad");
  for (std::size_t s = 0; s < 2; ++s) {
    const auto& row = said["description_length"][s];
    // Without a probe each of two classes costs a bit.
    EXPECT_NEAR(row["compression"].get<double>() * row["bits"].get<double>(),
                said["train tokens"].get<double>(), 1e-6);
    EXPECT_NEAR(row["bits"].get<double>(), row["of data"].get<double>() + row["of the model"].get<double>(),
                1e-6);
  }
  EXPECT_EQ(probe.uns["coded_blocks"]["trained_on"].size(), probe.uns["coded_blocks"]["site"].size());
}
TEST_F(CommandProbe, ChoosesAPenaltyOnHeldOutSentences) {
  const auto said = must_run(
      folder_,
      "probe train.h5ad --label upos --eval dev.h5ad -o p.h5ad --lambda 1,0.001 --no-control --no-sites");
  EXPECT_DOUBLE_EQ(said["lambda"].get<double>(), 0.001);
}
TEST_F(CommandProbe, ALabelThatIsNotThereIsAnsweredWithTheNearest) {
  expect_refusal(folder_, "probe train.h5ad --label upso -o out.h5ad", 1,
                 "no labels 'upso' (did you mean 'upos'?)");
}
TEST_F(CommandProbe, ALabelWithOneClassIsRefused) {
  expect_refusal(folder_, "probe train.h5ad --label deprel -o out.h5ad", 1,
                 "labels 'deprel' have one class, 'root'");
}
TEST_F(CommandProbe, NotANumberIsNamedByRowAndNeuron) {
  io::AnnData data = io::read_anndata(folder_ / "train.h5ad");
  (*data.X)(17, 30) = std::numeric_limits<float>::quiet_NaN();
  io::write_anndata(folder_ / "nan.h5ad", data, {});
  expect_refusal(folder_, "probe nan.h5ad --label upos -o out.h5ad", 1,
                 "row 17 of blocks.1.hook_resid_post:6");
}
TEST_F(CommandProbe, FilesOfDifferentNeuronsAreRefused) {
  must_run(folder_, "extract model dev.conllu -o other.h5ad --sites mlp_post");
  expect_refusal(folder_, "probe train.h5ad --label upos --eval other.h5ad -o out.h5ad", 1,
                 "differ in their neurons");
}

}  // namespace
}  // namespace neurox::testing
