#include <gmock/gmock.h>

#include "apps/program.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

TEST(CommandView, ShowsANeuronOnItsTextWithoutColourWhenThatIsNoTerminal) {
  const PipelineFolder folder;
  must_run(folder, "extract model dev.conllu -o dev.h5ad");
  const Outcome shown = run_neurox(folder, "view dev.h5ad resid_post@1:3");
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("blocks.1.hook_resid_post:3"));
  EXPECT_EQ(shown.out.find('\x1B'), std::string::npos);
  EXPECT_THAT(run_neurox(folder, "view dev.h5ad resid_post@1:3 --color always").out, HasSubstr("\x1B["));
  EXPECT_EQ(must_run(folder, "view dev.h5ad resid_post@1:3-4")["neurons"].size(), 2U);
}
TEST(CommandView, ListsNeuronsByKind) {
  const PipelineFolder folder;
  must_run(folder, "extract model dev.conllu -o dev.h5ad");
  const auto said = must_run(folder, "view dev.h5ad --kind high-variance");
  ASSERT_FALSE(said["neurons"].empty());
  for (const auto& row : said["neurons"]) EXPECT_EQ(row["kind"], "high-variance");
}
TEST(CommandView, ANeuronThatIsNotThereIsRefused) {
  const PipelineFolder folder;
  must_run(folder, "extract model dev.conllu -o dev.h5ad");
  expect_refusal(folder, "view dev.h5ad resid_post@1:99", 2, "no neuron blocks.1.hook_resid_post:99");
  expect_refusal(folder, "view dev.h5ad", 2, "name neurons");
}

}  // namespace
}  // namespace neurox::testing
