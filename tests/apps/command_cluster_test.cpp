#include <gmock/gmock.h>

#include <algorithm>
#include <map>

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

TEST(CommandCluster, OptionsOfAnotherMethodAreRefused) {
  const ClusterFolder folder;
  expect_refusal(folder, "cluster train.h5ad -o out.h5ad --method correlation --layer-loss 2", 2,
                 "cluster: --layer-loss goes with --method redundancy, not correlation");
  expect_refusal(folder, "cluster train.h5ad -o out.h5ad --label upos", 2, "redundancy, not correlation");
}
TEST(CommandCluster, ThresholdsAndNumbersOutOfRangeAreRefused) {
  const ClusterFolder folder;
  expect_refusal(folder, "cluster train.h5ad -o out.h5ad --threshold 1.5", 2,
                 "--threshold 1.5: distances lie between 0 and 1");
  expect_refusal(folder, "cluster train.h5ad -o out.h5ad --threshold -0.1 --signed", 2,
                 "--threshold -0.1: distances lie between 0 and 2");
  expect_refusal(folder, "cluster train.h5ad -o out.h5ad --clusters 0", 2, "--clusters 0: give 1 or more");
  expect_refusal(folder, "cluster train.h5ad -o out.h5ad --clusters 100000", 2,
                 "--clusters 100000: there are ");
  expect_refusal(folder, "cluster train.h5ad -o out.h5ad --threshold 0.3,0.3", 2,
                 "the cut t0.3 is asked for twice");
}
TEST(CommandCluster, OneNeuronIsRefused) {
  const ClusterFolder folder;
  expect_refusal(folder, "cluster train.h5ad -o out.h5ad --neurons resid_post@0:3", 1,
                 "train.h5ad: one neuron; clusters need 2 or more");
}
TEST(CommandCluster, OneTokenIsRefused) {
  const TempFolder folder;
  io::AnnData data;
  data.X = MatrixF::Ones(1, 3);
  data.obs.rows = 1;
  data.var.rows = 3;
  io::write_anndata(folder / "x.h5ad", data, {});
  expect_refusal(folder, "cluster x.h5ad -o out.h5ad", 1, "correlations need 2 tokens or more, here is 1");
}
TEST(CommandCluster, FilesWhoseWordsDifferAreRefusedWithTheFirst) {
  const ClusterFolder folder;
  must_run(folder, "extract model dev.conllu -o dev.h5ad --sites mlp_post");
  expect_refusal(folder, "cluster train.h5ad dev.h5ad -o out.h5ad", 1, "dev.h5ad: row 0 is ");
  must_run(folder, "extract model train.conllu -o few.h5ad --sites mlp_post --limit 50");
  expect_refusal(folder, "cluster train.h5ad few.h5ad -o out.h5ad", 1,
                 "few.h5ad: 200 rows but 480 in train.h5ad");
  expect_refusal(folder, "cluster train.h5ad train.h5ad -o out.h5ad", 1, "is in train.h5ad as well");
}
TEST(CommandCluster, FilesOfOneTextAreTakenSideBySide) {
  const ClusterFolder folder;
  must_run(folder, "extract model train.conllu -o both.h5ad --sites resid_post,mlp_post");
  must_run(folder, "extract model train.conllu -o left.h5ad --sites resid_post");
  must_run(folder, "extract model train.conllu -o right.h5ad --sites mlp_post");
  const auto whole = must_run(folder, "cluster both.h5ad -o whole.h5ad --threshold 0.4");
  const auto joined = must_run(folder, "cluster left.h5ad right.h5ad -o joined.h5ad --threshold 0.4");
  EXPECT_EQ(whole["neurons"], joined["neurons"]);
  EXPECT_EQ(whole["cuts"][0]["clusters"], joined["cuts"][0]["clusters"]);
}
TEST(CommandCluster, AConstantNeuronIsReportedAndInNoCluster) {
  const TempFolder folder;
  io::AnnData data;
  const auto n = std::int64_t{40};
  data.X = MatrixF(n, 3);
  for (Index i = 0; i < n; ++i) {
    (*data.X)(i, 0) = static_cast<float>(i % 7);
    (*data.X)(i, 1) = static_cast<float>(i % 7) + 0.1F * static_cast<float>(i % 3);
    (*data.X)(i, 2) = 1.5F;
  }
  data.obs.rows = n;
  data.var.rows = 3;
  io::write_anndata(folder / "x.h5ad", data, {});
  const auto said = must_run(folder, "cluster x.h5ad -o c.h5ad --threshold 0.5");
  EXPECT_THAT(said["warnings"][0].get<std::string>(),
              HasSubstr("1 neuron is constant and in no cluster: X:2"));
  EXPECT_EQ(io::read_anndata(folder / "c.h5ad").obs.numbers("cluster", "c"), (std::vector<double>{0, 0, -1}));
}
TEST(CommandCluster, ASmallMemoryChangesNoCluster) {
  const ClusterFolder folder;
  must_run(folder, "cluster train.h5ad -o a.h5ad --threshold 0.3 --cut dynamic");
  must_run(folder, "cluster train.h5ad -o b.h5ad --threshold 0.3 --cut dynamic --memory 4K");
  const io::AnnData a = io::read_anndata(folder / "a.h5ad"), b = io::read_anndata(folder / "b.h5ad");
  for (const std::string column : {"cluster", "representative", "cluster_dynamic"})
    EXPECT_EQ(a.obs.numbers(column, "a"), b.obs.numbers(column, "b")) << column;
}
TEST(CommandCluster, SpearmanSignedAndHalvesAreToldInTheFile) {
  const ClusterFolder folder;
  const auto said = must_run(
      folder,
      "cluster train.h5ad -o c.h5ad --correlation spearman --signed --halves 2 --clusters 6 --linkage ward");
  EXPECT_GT(said["cuts"][0]["halves agree"].get<double>(), 0);
  const io::AnnData data = io::read_anndata(folder / "c.h5ad");
  EXPECT_EQ(data.uns.at("clusters").at("correlation"), "spearman");
  EXPECT_EQ(data.uns.at("clusters").at("absolute"), false);
  EXPECT_EQ(data.uns.at("cuts").at("clusters")[0], 6);
}
TEST(CommandCluster, RedundancyKeepsAFewNeuronsAndMostOfTheAccuracy) {
  const ClusterFolder folder;
  must_run(folder, "extract model dev.conllu -o dev.h5ad");
  const auto said = must_run(
      folder,
      "cluster train.h5ad --method redundancy --label upos --eval dev.h5ad -o r.h5ad --neuron-loss 5");
  const io::AnnData data = io::read_anndata(folder / "r.h5ad");
  double kept = 0, most = 0;
  for (const double x : data.obs.numbers("kept", "r")) kept += x;
  for (const double x : data.obs.numbers("order", "r")) most = std::max(most, x);
  EXPECT_GE(kept, 1);
  EXPECT_LE(kept, most);
  EXPECT_GT(said["accuracy"].get<double>(), 0.9 * said["accuracy of all"].get<double>());
  EXPECT_EQ(data.uns.at("steps").at("step")[0], "all");
  expect_refusal(folder, "cluster train.h5ad --method redundancy -o out.h5ad", 2, "give --label NAME");
}

/// c.h5ad: clusters of the neurons of train.h5ad, and a cut of two.
class NeuronChoice : public ClusterFolder {
 public:
  NeuronChoice() { must_run(*this, "cluster train.h5ad -o c.h5ad --threshold 0.5 --clusters 2"); }
  std::int64_t neurons_of_probe(const std::string& choice) const {
    must_run(*this,
             "probe train.h5ad --label upos --no-control --no-sites --force -o p.h5ad --neurons " + choice);
    return io::read_anndata(*this / "p.h5ad").obs.rows;
  }
};

TEST(CommandCluster, ClustersAndRepresentativesAreSelectionsForOthers) {
  const NeuronChoice folder;
  const io::AnnData data = io::read_anndata(folder / "c.h5ad");
  const auto count = [&](const std::string& column, double value) {
    const auto values = data.obs.numbers(column, "c");
    return std::count(values.begin(), values.end(), value);
  };
  EXPECT_EQ(folder.neurons_of_probe("c.h5ad:representative"), count("representative", 1));
  EXPECT_EQ(folder.neurons_of_probe("c.h5ad:0,1"), count("cluster", 0) + count("cluster", 1));
  EXPECT_EQ(folder.neurons_of_probe("c.h5ad:cluster_k2=1"), count("cluster_k2", 1));
  write_text(folder / "some.txt", "# two\nresid_post@0:1\n\nresid_post@1:3\n");
  EXPECT_EQ(folder.neurons_of_probe("some.txt"), 2);
  must_run(folder, "rank train.h5ad --label upos --method auroc -o r.h5ad --neurons c.h5ad:representative");
  must_run(folder, "probe train.h5ad --label upos --no-control --no-sites -o all.probe.h5ad");
  must_run(folder, "ablate model dev.conllu --probe all.probe.h5ad -o a.h5ad --neurons c.h5ad:cluster_k2=1");
  must_run(folder, "cluster train.h5ad -o again.h5ad --neurons c.h5ad:cluster_k2=0");
}
TEST(CommandCluster, ASelectionThatIsNotInTheFileIsRefused) {
  const NeuronChoice folder;
  const std::string probe = "probe train.h5ad --label upos -o out.h5ad --neurons ";
  expect_refusal(folder, probe + "c.h5ad", 2, "c.h5ad: which of its neurons? say c.h5ad:NUMBER of a cluster");
  expect_refusal(folder, probe + "c.h5ad:9999", 2, "no neuron has '9999' in column 'cluster'");
  expect_refusal(folder, probe + "c.h5ad:clusters=1", 2, "no column 'clusters' (did you mean 'cluster'?)");
  expect_refusal(folder, probe + "c.h5ad:cluster", 2, "column 'cluster' holds no flags");
  must_run(folder, "extract model train.conllu -o less.h5ad --sites resid_post@0");
  expect_refusal(folder, "probe less.h5ad --label upos -o out.h5ad --neurons c.h5ad:cluster_k2=0,1", 1,
                 "is not among the neurons here");
  write_text(folder / "bad.txt", "resid_pst@0:1\n");
  expect_refusal(folder, probe + "bad.txt", 1, "bad.txt:1: no site 'resid_pst'");
}

}  // namespace
}  // namespace neurox::testing
