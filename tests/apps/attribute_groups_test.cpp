#include <gmock/gmock.h>

#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

/// `neurox attribute` of groups of neurons.
namespace neurox::testing {
namespace {

class GroupFolder : public TempFolder {
 public:
  GroupFolder() {
    tiny_model(*this, "bert-sequence");
    write_text(*this / "some.txt", "the cat sat\na dog\n");
  }
};

TEST(AttributeGroups, HeadsAreARankingWhoseNeuronsCarryTheirHeadsEffect) {
  const GroupFolder folder;
  const std::string command =
      "attribute model some.txt --method ablation --sites attn_z --groups head --target 1 -o heads.h5ad";
  const auto said = must_run(folder, command);
  ASSERT_EQ(said["groups"].size(), 8U);
  EXPECT_EQ(said["groups"][0]["neurons"], 6);
  const io::AnnData data = io::read_anndata(folder / "heads.h5ad");
  EXPECT_EQ(data.X->rows(), 48);
  const auto groups = data.obs.strings("group", "");
  EXPECT_EQ(groups[0], "0.0");
  EXPECT_EQ(groups[47], "1.3");
  for (Index n = 1; n < 6; ++n) EXPECT_EQ((*data.X)(n, 0), (*data.X)(0, 0));
  EXPECT_EQ(data.uns.at("groups_by_sentence").at("group").size(), 16U);
  const std::string bytes = sha256_file(folder / "heads.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "heads.h5ad"), bytes);
  must_run(folder, "ablate model some.txt --ranking heads.h5ad --top 6 -o effect.h5ad");
  // The file is one of groups too.
  const auto again = must_run(folder,
                              "attribute model some.txt --method ablation --groups heads.h5ad --target 1 "
                              "-o again.h5ad");
  for (std::size_t g = 0; g < 8; ++g)
    EXPECT_EQ(again["groups"][g]["mean effect"], said["groups"][g]["mean effect"]);
}
TEST(AttributeGroups, GamesAddUpAndNeuronsAloneNeedNoGroups) {
  const GroupFolder folder;
  const auto said =
      must_run(folder,
               "attribute model some.txt --method shapley --sites mlp_post,attn_z --groups site "
               "--operation mean --target 1 -o s.h5ad");
  ASSERT_EQ(said["examples"].size(), 2U);
  for (const auto& example : said["examples"]) EXPECT_LT(std::abs(example["delta"].get<double>()), 1e-9);
  const auto alone =
      must_run(folder, "attribute model some.txt --method ablation --sites mlp_post@0 --target 1 -o n.h5ad");
  EXPECT_EQ(alone["groups of neurons"], 40);
  EXPECT_TRUE(alone["examples"][0]["delta"].is_null());
}
TEST(AttributeGroups, AccuracyAndLossAreMeasuredOverTheCorpus) {
  const GroupFolder folder;
  write_text(folder / "gold.tsv", "sentence\tlabel\nthe cat sat\tno\na dog\tmaybe\nran home\tyes\n");
  const std::string run = "attribute model gold.tsv --method ablation --sites attn_z --groups block ";
  const auto accuracy = must_run(folder, run + "--target accuracy -o a.h5ad");
  // One model, three sentences that it gives one class or another: a count of thirds.
  const double right = accuracy["mean f(x)"].get<double>();
  EXPECT_NEAR(3 * right, std::round(3 * right), 1e-9);
  const auto loss = must_run(folder, run + "--target loss -o l.h5ad");
  const auto gold = must_run(folder, run + "--target gold --scale log-probability -o g.h5ad");
  EXPECT_NEAR(loss["mean f(x)"].get<double>(), -gold["mean f(x)"].get<double>(), 1e-9);
  EXPECT_NEAR(loss["groups"][0]["mean effect"].get<double>(), -gold["groups"][0]["mean effect"].get<double>(),
              1e-9);
  // By the model's own classes, sentence by sentence.
  const auto said =
      must_run(folder, "attribute model gold.tsv --method saliency --target predicted -o s.h5ad");
  int hits = 0;
  const char* labels[] = {"no", "maybe", "yes"};
  for (int s = 0; s < 3; ++s) hits += said["examples"][s]["target"] == labels[s] ? 1 : 0;
  EXPECT_NEAR(3 * right, hits, 1e-9);
  expect_refusal(folder, "attribute model gold.tsv --method saliency --target accuracy -o out.h5ad", 2,
                 "target 'accuracy': has no slope and no share of words; it goes with groups of neurons");
  expect_refusal(folder, run + "--target loss --scale probability -o out.h5ad", 2,
                 "target 'loss': goes without --scale and --against");
  expect_refusal(folder,
                 "attribute model some.txt --method ablation --sites attn_z --target loss -o out.h5ad", 2,
                 "target 'gold': some.txt has no labels for it");
}
TEST(AttributeGroups, AFileGivesGroupsAndValues) {
  const GroupFolder folder;
  write_text(folder / "groups.tsv", "# two groups\nmlp_post@0:0-3\t2\n\nmlp_post@1:7\t2\nattn_z@1:0-5\t10\n");
  write_text(folder / "values.tsv", "mlp_post\t0.5\nattn_z\t0\n");
  const auto said = must_run(folder,
                             "attribute model some.txt --method kernel-shap --groups groups.tsv --operation "
                             "mean --means values.tsv -o f.h5ad");
  ASSERT_EQ(said["groups"].size(), 2U);
  const io::AnnData data = io::read_anndata(folder / "f.h5ad");
  EXPECT_EQ(data.X->rows(), 11);
  const auto& groups = data.uns.at("groups");
  EXPECT_EQ(groups.at("group")[0], "2");
  EXPECT_EQ(groups.at("neurons")[0], 5);
}
TEST(AttributeGroups, Refusals) {
  const GroupFolder folder;
  write_text(folder / "line.tsv", "mlp_post@0:3 2\n");
  write_text(folder / "far.tsv", "mlp_post@0:3\t2\nmlp_post@0:40\t2\n");
  write_text(folder / "twice.tsv", "mlp_post@0:3\t2\nmlp_post@0:0-5\t3\n");
  write_text(folder / "few.tsv", "mlp_post@0:3\t0.5\n");
  write_text(folder / "word.tsv", "mlp_post@0:3\thalf\n");
  const std::string run = "attribute model some.txt -o out.h5ad --method ablation ";
  expect_refusal(folder, run, 2, "give --sites: which neurons are replaced");
  expect_refusal(folder, run + "--sites mlp_post --groups head", 2, "has no heads; choose attn_z");
  expect_refusal(folder, run + "--sites mlp_post --groups heads", 2, "did you mean 'head'?");
  expect_refusal(folder, run + "--sites attn_pattern", 2, "attn_pattern has no neurons");
  expect_refusal(folder, run + "--groups line.tsv", 1, "line.tsv:1: 'mlp_post@0:3 2' is no line");
  expect_refusal(folder, run + "--groups far.tsv", 1, "far.tsv:2: ");
  expect_refusal(folder, run + "--groups twice.tsv", 1,
                 "twice.tsv:2: blocks.0.mlp.hook_post:3 is in groups '2' and '3'");
  expect_refusal(folder, run + "--groups few.tsv --sites attn_z", 1, "puts no neuron of attn_z in a group");
  expect_refusal(folder, run + "--sites mlp_post@0 --operation mean --means few.tsv", 1,
                 "no value for blocks.0.mlp.hook_post:0");
  expect_refusal(folder, run + "--sites mlp_post@0 --operation mean --means word.tsv", 1,
                 "word.tsv:1: 'half' is no number");
  expect_refusal(folder, run + "--sites mlp_post@0 --means few.tsv", 2, "--means goes with --operation mean");
  expect_refusal(folder, "attribute model some.txt -o out.h5ad --method shapley --sites mlp_post@0", 2,
                 "40 players");
  expect_refusal(folder, "attribute model some.txt -o out.h5ad --method saliency --groups head", 2,
                 "--groups goes with --method ablation");
}

}  // namespace
}  // namespace neurox::testing
