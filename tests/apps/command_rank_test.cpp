#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "apps/program.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

TEST(CommandRank, RanksAreAPermutationPerConceptAndFollowTheScores) {
  const PipelineFolder folder;
  folder.make_ranking();
  const io::AnnData data = io::read_anndata(folder / "v.rank.h5ad");
  ASSERT_EQ(*data.var.row_names, (std::vector<std::string>{"C", "V", "overall"}));
  const MatrixF& scores = *data.X;
  const MatrixF& ranks = *data.layer("rank");
  for (Index c = 0; c < scores.cols(); ++c) {
    std::set<float> seen(ranks.col(c).begin(), ranks.col(c).end());
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(ranks.rows()));
    EXPECT_EQ(*seen.begin(), 1.0F);
    for (Index i = 0; i < scores.rows(); ++i)
      for (Index j = 0; j < scores.rows(); ++j)
        if (scores(i, c) > scores(j, c)) {
          EXPECT_LT(ranks(i, c), ranks(j, c));
        }
  }
  for (Index c = 0; c < 2; ++c) EXPECT_NEAR(scores.col(c).sum(), 1, 1e-5) << "shares of a class's mass";
}
TEST(CommandRank, SaysHowManyNeuronsAShareOfTheMassNeeds) {
  const PipelineFolder folder;
  folder.make_ranking();
  const auto said = must_run(folder, "rank v.probe.h5ad -o r.h5ad --shares 0.1,0.5,1");
  ASSERT_EQ(said["neurons_for_mass"].size(), 3U);
  EXPECT_LE(said["neurons_for_mass"][0]["neurons"].get<int>(),
            said["neurons_for_mass"][1]["neurons"].get<int>());
  EXPECT_LE(said["neurons_for_mass"][1]["neurons"].get<int>(),
            said["neurons_for_mass"][2]["neurons"].get<int>());
}
TEST(CommandRank, AFileThatIsNoProbeIsRefused) {
  const PipelineFolder folder;
  must_run(folder, "extract model dev.conllu -o dev.h5ad");
  expect_refusal(folder, "rank dev.h5ad -o out.h5ad", 1, "is a file of kind 'activations', not a probe");
}

}  // namespace
}  // namespace neurox::testing
