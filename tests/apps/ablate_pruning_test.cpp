#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

double flags(const io::AnnData& data, const char* name) {
  const auto values = data.obs.numbers(name, "mask");
  return static_cast<double>(std::count(values.begin(), values.end(), 1.0));
}

TEST(AblatePruning, TheSmallestSetThatKeepsAShareOfTheAccuracyIsWrittenAsFlags) {
  const PipelineFolder folder;
  folder.make_ranking();
  const std::string command =
      "ablate model dev.conllu --ranking v.rank.h5ad --probe v.probe.h5ad --keep-score 0.9 -o mask.h5ad";
  const auto said = must_run(folder, command);
  EXPECT_EQ(said["score"], "accuracy");
  EXPECT_GE(said["kept share"].get<double>(), 0.9);
  const io::AnnData mask = io::read_anndata(folder / "mask.h5ad");
  EXPECT_EQ(flags(mask, "kept"), said["kept"].get<double>());
  EXPECT_EQ(flags(mask, "removed"), said["removed neurons"].get<double>());
  EXPECT_EQ(flags(mask, "kept") + flags(mask, "removed"), mask.X->rows());
  // One neuron fewer was measured and does not do.
  for (const auto& row : said["search"])
    EXPECT_TRUE(row["kept"] != said["kept"].get<int>() - 1 || row["share"].get<double>() < 0.9);
  // The mask applied again has the score that was found.
  const auto again = must_run(
      folder, "ablate model dev.conllu --neurons mask.h5ad:removed --probe v.probe.h5ad -o again.h5ad");
  double accuracy = 0;
  for (const auto& row : again["effects"])
    if (row["target"] == "model" && row["ablated"] == "list") accuracy = row["accuracy"];
  EXPECT_NEAR(accuracy, said["kept share"].get<double>() * said["intact"].get<double>(), 1e-9);
  const std::string bytes = sha256_file(folder / "mask.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "mask.h5ad"), bytes);
}

TEST(AblatePruning, HeadsAndBlocksAreProposedByWhatIsLostWithoutThem) {
  const TempFolder folder;
  tiny_model(folder, "gpt2-lm");
  write_text(folder / "text.txt", "a b c d\ne f g\nh i j k l\n");
  const auto heads =
      must_run(folder, "ablate model text.txt --neurons attn_z --by head --keep-score 0.98 -o heads.h5ad");
  EXPECT_EQ(heads["score"], "exp(-nll)");
  EXPECT_EQ(heads["units"], 8);
  const io::AnnData data = io::read_anndata(folder / "heads.h5ad");
  const auto effect = data.uns.at("units").at("effect").get<std::vector<double>>();
  EXPECT_TRUE(std::is_sorted(effect.begin(), effect.end()));
  // The least needed head alone, by a run of its own.
  const std::string name = data.uns.at("units").at("unit")[0].get<std::string>();
  const int block = name[0] - '0', head = name[2] - '0';
  const auto alone =
      must_run(folder, fmt::format("ablate model text.txt --neurons attn_z@{}:{}-{} -o one.h5ad", block,
                                   head * 6, head * 6 + 5));
  EXPECT_NEAR(effect[0],
              std::exp(-alone["effects"][0]["nll"].get<double>()) -
                  std::exp(-alone["effects"][1]["nll"].get<double>()),
              1e-6);
  const auto blocks = must_run(
      folder, "ablate model text.txt --neurons attn_out,mlp_out --by block --keep-score 0.5 -o blocks.h5ad");
  EXPECT_EQ(blocks["units"], 2);
  must_run(folder, "report heads.h5ad -o heads.html");
  must_run(folder, "ablate model text.txt --ranking heads.h5ad --top 6 --keep -o kept.h5ad");
}

TEST(AblatePruning, TheModelIsWrittenWithoutTheUnits) {
  const TempFolder folder;
  tiny_model(folder, "gpt2-lm");
  write_text(folder / "text.txt", "a b c d\ne f g\nh i j k l\n");
  const auto said = must_run(
      folder, "ablate model text.txt --neurons mlp_post --keep-score 0.9 --save-model small -o mask.h5ad");
  ASSERT_GT(said["removed neurons"].get<int>(), 0);
  std::filesystem::copy_file(folder / "model" / "vocab.txt", folder / "small" / "vocab.txt",
                             std::filesystem::copy_options::skip_existing);
  const auto small =
      must_run(folder, "ablate small text.txt --neurons mlp_post@0:0 --operation scale=1 -o s.h5ad");
  EXPECT_NEAR(std::exp(-small["effects"][0]["nll"].get<double>()),
              said["kept share"].get<double>() * said["intact"].get<double>(), 1e-6);
}

/// The smaller folder for transformers: of an encoder and two decoders.
TEST(AblateSaveModelTwin, TransformersComputesWithItWhatTheEditedModelDoes) {
  NEUROX_NEED(python, python_with("torch transformers h5py"));
  const TempFolder folder;
  const auto equal_the_edited_models = [&](const std::string& twins) {
    const std::string script =
        std::filesystem::path(NEUROX_TESTDATA).parent_path() / "scripts" / "fixtures" / "pruned_twin.py";
    return std::system(fmt::format("cd '{}' && '{}' '{}' {} >said.txt 2>&1", folder.path().string(),
                                   python.string(), script, twins)
                           .c_str()) == 0;
  };
  write_text(folder / "text.csv",
             "sentence,class\na b c d,no\ne f g,maybe\nh i j k l,yes\nm n,no\no p q,yes\nr s t u,maybe\n");
  std::string twins;
  for (const std::string family : {"bert-sequence", "gpt2-lm", "llama-lm"}) {
    tiny_model(folder, family);
    std::filesystem::rename(folder / "model", folder / family);
    must_run(folder, fmt::format("ablate {0} text.csv --neurons mlp_post@0:0-2,mlp_post@0:7,mlp_post@1:5-6 "
                                 "--save-model {0}-small -o {0}.h5ad",
                                 family));
    twins += fmt::format(
        " {0} {0}-small blocks.0.mlp.hook_post:0,blocks.0.mlp.hook_post:1,blocks.0.mlp.hook_post:2,"
        "blocks.0.mlp.hook_post:7,blocks.1.mlp.hook_post:5,blocks.1.mlp.hook_post:6",
        family);
    if (family == "bert-sequence") continue;  // its few classes need no unit at all
    // What pruning finds to be enough.
    const auto said = must_run(folder, fmt::format("ablate {0} text.csv --neurons mlp_post --keep-score 0.8 "
                                                   "--save-model {0}-pruned -o {0}-mask.h5ad",
                                                   family));
    EXPECT_GT(said["removed neurons"].get<int>(), 0);
    twins += fmt::format(" {0} {0}-pruned {0}-mask.h5ad", family);
  }
  EXPECT_TRUE(equal_the_edited_models(twins)) << read_text(folder / "said.txt");
  // Other neurons are not those.
  EXPECT_FALSE(equal_the_edited_models("gpt2-lm gpt2-lm-small blocks.0.mlp.hook_post:9"));
  EXPECT_THAT(read_text(folder / "said.txt"), ::testing::HasSubstr("they differ"));
}

TEST(AblatePruning, RefusesWhatDoesNotFit) {
  const PipelineFolder folder;
  folder.make_ranking();
  const std::string pruned = "ablate model dev.conllu --probe v.probe.h5ad -o out.h5ad --keep-score ";
  expect_refusal(folder, pruned + "0.9", 2, "takes the neurons of one --ranking, or --neurons");
  expect_refusal(folder, pruned + "1.5 --neurons resid_post", 2, "--keep-score 1.5 is no share of the score");
  expect_refusal(folder, pruned + "0.9 --neurons resid_post --top 5", 2, "--keep-score has no use for --top");
  expect_refusal(folder, pruned + "0.9 --neurons resid_post --by head", 2, "has no heads");
  expect_refusal(folder, pruned + "0.9 --neurons resid_post --effect kl", 2, "no kl is measured");
  expect_refusal(folder, "ablate model dev.conllu --neurons resid_post --by site -o out.h5ad", 2,
                 "--by is for --keep-score");
}

}  // namespace
}  // namespace neurox::testing
