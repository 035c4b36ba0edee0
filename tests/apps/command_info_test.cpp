#include <gmock/gmock.h>

#include "apps/program.h"

namespace neurox::testing {
namespace {

TEST(CommandInfo, TellsOfAModelAllItsSites) {
  const PipelineFolder folder;
  const auto said = must_run(folder, "info model");
  EXPECT_EQ(said["model type"], "bert");
  EXPECT_EQ(said["sites"].size(), 2U * 12U);
  EXPECT_EQ(said["sites"][0]["site"], "blocks.0.hook_resid_pre");
  EXPECT_EQ(said["sites"][1]["heads"], 4);
}
TEST(CommandInfo, TellsOfEveryKindOfFileWhatItHolds) {
  const PipelineFolder folder;
  folder.make_ranking();
  const auto activations = must_run(folder, "info dev.h5ad");
  EXPECT_EQ(activations["kind"], "activations");
  EXPECT_EQ(activations["rows"], 240);
  EXPECT_EQ(activations["sites"].size(), 2U);
  EXPECT_EQ(must_run(folder, "info v.probe.h5ad")["kind"], "probe");
  EXPECT_EQ(must_run(folder, "info v.rank.h5ad")["kind"], "ranking");
}
TEST(CommandInfo, SomethingElseIsRefused) {
  const PipelineFolder folder;
  expect_refusal(folder, "info nowhere", 1, "nowhere: no such file or folder");
  expect_refusal(folder, "info train.conllu", 1,
                 "neither a model (folder, GGUF, TorchScript or word vectors) nor a file of neurox");
}

}  // namespace
}  // namespace neurox::testing
