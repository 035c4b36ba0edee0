#include <gmock/gmock.h>

#include "neurox/io/neuron_table.h"
#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Neurons 0..3 of block 0, 4 and 5 of block 1 (5 constant): {0 1}, {2 3}, then both, then 4.
void write_sample_clusters(const std::filesystem::path& path) {
  io::AnnData data;
  NeuronAxis axis{{{"blocks.0.hook_resid_post", 0, 4, 0}, {"blocks.1.hook_resid_post", 1, 2, 0}}, {}};
  for (int i = 0; i < 4; ++i) axis.neurons.push_back({0, i});
  axis.neurons.push_back({1, 0});
  axis.neurons.push_back({1, 1});
  data.obs = io::neuron_table(axis);
  const std::vector<std::int32_t> fine{0, 0, 1, 1, 2, -1}, coarse{0, 0, 1, 1, 1, -1};
  data.obs.add("cluster", fine);
  data.obs.add("representative", std::vector<bool>{true, false, true, false, true, false});
  data.obs.add("cluster_t0.3", fine);
  data.obs.add("correlation_t0.3", std::vector<double>{.9, .9, .8, .8, 1, 0});
  data.obs.add("cluster_k2", coarse);
  data.uns["sites"] = io::sites_tree(axis);
  data.uns["linkage"] = {{0., 1., .1, 2.}, {2., 3., .2, 2.}, {4., 6., .6, 3.}, {5., 7., .9, 5.}};
  data.uns["clusters"] = {{"method", "correlation"}, {"linkage", "average"}, {"correlation", "pearson"},
                          {"absolute", true},        {"tokens", 1234},       {"constant", 1}};
  data.uns["cuts"] = {{"name", {"t0.3", "k2"}},
                      {"value", {.3, 2.}},
                      {"kept", {.6, .4}},
                      {"silhouette", {.5, .25}},
                      {"halves", {.75, .5}}};
  data.uns["neurox"] = {{"kind", "clusters"}, {"model", "tiny"}};
  io::write_anndata(path, data, {});
}

std::string page_of_clusters() {
  const testing::TempFolder folder;
  write_sample_clusters(folder / "c.h5ad");
  return render_page(load_report({folder / "c.h5ad"}, {}));
}

TEST(ClustersReport, DrawsTheTreeWithALineAtEachCut) {
  const std::string page = page_of_clusters();
  EXPECT_THAT(page, HasSubstr("\"kind\":\"dendrogram\""));
  // Branches 0 1 | 4 2 3: the arch of 2 and 3 stands at 3 and 4.
  EXPECT_THAT(page, HasSubstr("\"a\":3.0,\"ah\":0.0,\"b\":4.0,\"bh\":0.0,\"h\":0.2"));
  EXPECT_THAT(page, HasSubstr("\"a\":0.5,\"ah\":0.1,\"b\":2.75,\"bh\":0.6,\"h\":0.9"));
  EXPECT_THAT(page, HasSubstr("\"name\":\"t0.3: 3 clusters\",\"y\":0.3"));
  EXPECT_THAT(page, HasSubstr("\"name\":\"k2: 2 clusters\",\"y\":0.75")) << "between the two highest merges";
  EXPECT_THAT(page, HasSubstr("average linkage of 1 − |r| (Pearson’s r) over "));
  EXPECT_THAT(page, HasSubstr("234 tokens; 5 neurons, 1 constant one apart."));
}
TEST(ClustersReport, SaysWhereTheRestOfAClusterIs) {
  const std::string page = page_of_clusters();
  EXPECT_THAT(page, HasSubstr("block 0: 4 neurons in this block"));
  EXPECT_THAT(page, HasSubstr("block 1: 1 neurons alone"));
  EXPECT_THAT(page, HasSubstr("t0.3: 2 clusters of 2"));
}
TEST(ClustersReport, ListsTheLargestClustersWithTheirRepresentatives) {
  const std::string page = page_of_clusters();
  EXPECT_THAT(page, HasSubstr("<td>blocks.0.hook_resid_post:2</td>"));
  EXPECT_THAT(page, Not(HasSubstr("blocks.1.hook_resid_post:0</td>"))) << "a neuron alone is in no list";
  EXPECT_THAT(page, HasSubstr("agreement of halves"));
  EXPECT_THAT(page, Not(HasSubstr("No probe was given")));
}
TEST(ClustersReport, RedundancyIsACurveOverNeurons) {
  const testing::TempFolder folder;
  write_sample_clusters(folder / "c.h5ad");
  io::AnnData data = io::read_anndata(folder / "c.h5ad");
  data.uns["neurox"]["kind"] = "redundancy";
  data.uns["redundancy"] = {{"label", "upos"},   {"cut", "t0.3"}, {"layer_loss", 1.},
                            {"neuron_loss", 2.}, {"layers", 2},   {"layers_kept", 1}};
  data.uns["steps"] = {{"step", {"all", "up to block 0", "clusters t0.3", "top 1", "top 2", "minimal"}},
                       {"neurons", {6, 4, 3, 1, 2, 2}},
                       {"share", {1, .67, .5, .17, .33, .33}},
                       {"accuracy", {.9, .89, .88, .5, .885, .885}},
                       {"accuracy_kept", {1, .99, .98, .56, .98, .98}}};
  io::write_anndata(folder / "r.h5ad", data, {});
  const std::string page = render_page(load_report({folder / "r.h5ad"}, {}));
  EXPECT_THAT(page, HasSubstr("1 of 2 layers, clusters at t0.3, then 2 neurons (33.0"));
  EXPECT_THAT(page, HasSubstr("\"x\":1,\"y\":0.5"));
  EXPECT_THAT(page, HasSubstr("up to block 0: 4 neurons"));
  EXPECT_THAT(page, HasSubstr("\"name\":\"2 % less\",\"y\":0.88"));
}

}  // namespace
}  // namespace neurox
