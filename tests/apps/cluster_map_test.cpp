#include <gmock/gmock.h>

#include "apps/program.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

class MapFolder : public PipelineFolder {
 public:
  MapFolder() { must_run(*this, "extract model train.conllu -o train.h5ad"); }
  /// Whether this program can draw; where it cannot it says so.
  bool draws() const {
    const Outcome outcome =
        run_neurox(*this, "cluster train.h5ad --method map --neighbours 3 -o probe.h5ad --quiet");
    return outcome.err.find("built without umappp") == std::string::npos;
  }
};

TEST(ClusterMap, DrawsEveryNeuronThatVariesColouredByItsBestConcept) {
  const MapFolder folder;
  if (!folder.draws()) GTEST_SKIP() << "built without umappp (docs/install.md)";
  must_run(folder, "rank train.h5ad --label upos --min-class 1 --method mean-difference -o r.h5ad");
  const auto said =
      must_run(folder, "cluster train.h5ad --method map --neighbours 4 --ranking r.h5ad -o m.h5ad");
  const io::AnnData data = io::read_anndata(folder / "m.h5ad");
  ASSERT_TRUE(data.X);
  EXPECT_EQ(data.X->cols(), 2);
  EXPECT_EQ(said["neurons"].get<Index>(), data.X->rows());
  const auto concepts = data.obs.strings("concept", "m");
  EXPECT_THAT(concepts, ::testing::Each(::testing::Not(::testing::AnyOf("", "overall"))));
  EXPECT_GT(said["trustworthiness"].get<double>(), 0.5);
}

TEST(ClusterMap, TheSameSeedGivesTheSameBytes) {
  const MapFolder folder;
  if (!folder.draws()) GTEST_SKIP() << "built without umappp (docs/install.md)";
  const std::string command =
      "cluster train.h5ad --method map --of tokens --label upos --min-class 1 --neighbours 3 --most 40 "
      "--seed 5 ";
  must_run(folder, command + "-o m.h5ad");
  const std::string once = read_text(folder / "m.h5ad");
  must_run(folder, command + "-o m.h5ad --force");
  EXPECT_EQ(read_text(folder / "m.h5ad"), once);
  const io::AnnData data = io::read_anndata(folder / "m.h5ad");
  EXPECT_EQ(data.obs.rows, 40);
  EXPECT_NE(data.obs.find("upos"), nullptr);
}

TEST(ClusterMap, RefusesWhatDoesNotFit) {
  const MapFolder folder;
  if (!folder.draws()) GTEST_SKIP() << "built without umappp (docs/install.md)";
  const std::string command = "cluster train.h5ad --method map -o out.h5ad ";
  expect_refusal(folder, command + "--neighbours 900", 2, "need less than half as many");
  expect_refusal(folder, command + "--label upos", 2, "--label colours tokens (--of tokens)");
  expect_refusal(folder, command + "--of tokens --ranking r.h5ad", 2, "--ranking colours neurons");
  expect_refusal(folder, command + "--threshold 0.5", 2, ", not map");
}

}  // namespace
}  // namespace neurox::testing
