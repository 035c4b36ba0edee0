#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "apps/program.h"
#include "neurox/io/anndata.h"
#include "neurox/io/provenance.h"

/// `neurox cluster` of tokens: clusters, hidden classes.
namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

class TokensFolder : public PipelineFolder {
 public:
  TokensFolder() { must_run(*this, "extract model dev.conllu -o dev.h5ad"); }
};

TEST(ClusterTokens, ClustersAreLabelsWithWordsContextsAndTheirFitToGoldLabels) {
  const TokensFolder folder;
  for (const std::string method : {"tokens", "kmeans"}) {
    const auto said = must_run(
        folder, "cluster dev.h5ad --method " + method + " --clusters 6 --label upos -o " + method + ".h5ad");
    EXPECT_EQ(said["clusters"].size(), 6U) << method;
    EXPECT_GE(said["b-cubed f1"].get<double>(), 0.2);
    const io::AnnData data = io::read_anndata(folder / (method + ".h5ad"));
    EXPECT_EQ(io::provenance(data.uns).kind, "labels");
    const auto sizes = data.uns["token_clusters"]["size"].get<std::vector<std::int64_t>>();
    EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}), 240);
    EXPECT_TRUE(std::is_sorted(sizes.rbegin(), sizes.rend()));
    EXPECT_THAT(data.uns["token_clusters"]["contexts"][0].get<std::string>(), HasSubstr("«"));
    must_run(folder, "rank dev.h5ad --labels " + method +
                         ".h5ad --label cluster --method probeless --min-class 2 -o r." + method + ".h5ad");
  }
  must_run(folder, "report tokens.h5ad -o r.html");
  EXPECT_THAT(read_text(folder / "r.html"), HasSubstr("Groups of tokens"));
}

TEST(ClusterTokens, NamesThatPeopleGaveComeBackAsLabels) {
  const TokensFolder folder;
  const std::string run = "cluster dev.h5ad --method tokens --clusters 3 --max-tokens 100 --seed 4 ";
  must_run(folder, run + "--sheet sheet.tsv -o a.h5ad");
  std::string sheet = read_text(folder / "sheet.tsv");
  EXPECT_EQ(sheet.substr(0, sheet.find('\n')), "cluster\tsize\twords\tcontexts\tname");
  const std::size_t second = sheet.find('\n', sheet.find('\n') + 1);
  sheet.insert(second, "\"odd \"\"ones\"\"\"");
  write_text(folder / "named.tsv", sheet);
  const auto said = must_run(folder, run + "--names named.tsv -o b.h5ad");
  EXPECT_EQ(said["clusters"][0]["name"], "odd \"ones\"");
  const io::AnnData data = io::read_anndata(folder / "b.h5ad");
  const auto names = data.obs.strings("cluster_name", "b");
  EXPECT_EQ(std::count(names.begin(), names.end(), "odd \"ones\""), said["clusters"][0]["tokens"].get<int>());
  expect_refusal(
      folder, "cluster dev.h5ad --method tokens --clusters 3 --max-tokens 90 --names named.tsv -o out.h5ad",
      1, "names go with the run whose sheet it is");
  write_text(folder / "bad.tsv", "cluster\tsize\n");
  expect_refusal(folder, run + "--names bad.tsv -o out.h5ad", 1, "has no column 'words'");
}

TEST(ClusterTokens, RareWordsAreLeftOutAndCommonOnesDoNotCrowdTheOthers) {
  const TokensFolder folder;
  const auto tokens = io::read_anndata(folder / "dev.h5ad").obs.strings("token", "dev");
  std::map<std::string, std::int64_t> seen;
  for (const std::string& token : tokens) ++seen[token];
  std::int64_t expected = 0;
  for (const auto& [token, count] : seen) expected += count < 3 ? 0 : std::min<std::int64_t>(count, 5);
  ASSERT_LT(expected, 240);
  for (const std::string method : {"tokens", "kmeans"}) {
    const auto said = must_run(folder, "cluster dev.h5ad --least-seen 3 --per-word 5 --clusters 4 --method " +
                                           method + " -o " + method + ".h5ad");
    EXPECT_EQ(said["tokens"], expected) << method;
    const auto clusters = io::read_anndata(folder / (method + ".h5ad")).obs.strings("cluster", "c");
    std::map<std::string, std::int64_t> of_word;
    for (std::size_t i = 0; i < clusters.size(); ++i) of_word[tokens[i]] += clusters[i].empty() ? 0 : 1;
    for (const auto& [token, count] : of_word)
      EXPECT_EQ(count, seen[token] < 3 ? 0 : std::min<std::int64_t>(seen[token], 5)) << token;
  }
  expect_refusal(folder, "cluster dev.h5ad --method tokens --least-seen 500 -o out.h5ad", 1,
                 "no word stands 500 times in 240 tokens; lower --least-seen");
}

TEST(ClusterTokens, MoreClustersThanTokensAndSeveralCutsAreRefused) {
  const TokensFolder folder;
  expect_refusal(folder, "cluster dev.h5ad --method kmeans --clusters 500 -o out.h5ad", 1,
                 "k-means: 500 clusters of 240 tokens");
  expect_refusal(folder, "cluster dev.h5ad --method tokens --clusters 500 -o out.h5ad", 2,
                 "there are 240 tokens");
  expect_refusal(folder, "cluster dev.h5ad --method tokens --clusters 5,6 -o out.h5ad", 2, "takes one cut");
  expect_refusal(folder, "cluster dev.h5ad --method kmeans --linkage ward -o out.h5ad", 2,
                 "--linkage goes with --method");
}

TEST(ClusterSubclasses, HiddenClassesOfABinaryLabelAreScoredLikeClusters) {
  const TokensFolder folder;
  const auto said =
      must_run(folder,
               "cluster dev.h5ad --method subclasses --label upos --classes V --against rest --clusters 3 "
               "--steps 60 --score-by feats.Number -o s.h5ad");
  EXPECT_GT(said["accuracy"].get<double>(), 0.6);
  EXPECT_GE(said["diversity"].get<double>(), 1);
  EXPECT_LE(said["uncertainty"].get<double>(), 3 + 1e-6);
  EXPECT_EQ(said["label"], "feats.Number");
  const io::AnnData data = io::read_anndata(folder / "s.h5ad");
  const auto cluster = data.obs.strings("cluster", "s");
  EXPECT_GT(std::count(cluster.begin(), cluster.end(), ""), 0);
  expect_refusal(folder, "cluster dev.h5ad --method subclasses --label upos -o out.h5ad", 2,
                 "say what is positive");
}

}  // namespace
}  // namespace neurox::testing
