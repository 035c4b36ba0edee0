#include <gmock/gmock.h>

#include "apps/program.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

/// train.h5ad: activations of two blocks.
class ClusterFolder : public PipelineFolder {
 public:
  ClusterFolder() { must_run(*this, "extract model train.conllu -o train.h5ad"); }
};

TEST(CommandCluster, GivesEveryNeuronAClusterAndEveryClusterOneRepresentative) {
  const ClusterFolder folder;
  const auto said = must_run(folder, "cluster train.h5ad -o c.h5ad --threshold 0.3,0.6");
  ASSERT_EQ(said["cuts"].size(), 2U);
  const io::AnnData data = io::read_anndata(folder / "c.h5ad");
  const auto cluster = data.obs.numbers("cluster", "c"), chosen = data.obs.numbers("representative", "c");
  EXPECT_EQ(cluster, data.obs.numbers("cluster_t0.3", "c"));
  std::map<double, int> representatives;
  for (std::size_t i = 0; i < cluster.size(); ++i) representatives[cluster[i]] += chosen[i] > 0 ? 1 : 0;
  EXPECT_EQ(representatives.size(), said["cuts"][0]["clusters"].get<std::size_t>());
  for (const auto& [k, n] : representatives) EXPECT_EQ(n, 1) << k;
  EXPECT_EQ(data.uns.at("linkage").size() + 1, data.uns.at("leaves").size());
}

TEST(CommandCluster, AMethodThatIsNotThereIsAnsweredWithTheNearest) {
  const ClusterFolder folder;
  expect_refusal(folder, "cluster train.h5ad -o out.h5ad --method corelation", 2,
                 "no method 'corelation' (did you mean 'correlation'?)");
}

}  // namespace
}  // namespace neurox::testing
