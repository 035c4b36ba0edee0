#include <gmock/gmock.h>

#include <map>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

TEST(CommandAblate, MeasuresAProbeUnderTopBottomAndRandomAblation) {
  const PipelineFolder folder;
  folder.make_ranking();
  const std::string command =
      "ablate model dev.conllu --ranking v.rank.h5ad --probe v.probe.h5ad --top 10%,50% --bottom 10%,50% "
      "--random 3 -o a.h5ad";
  const auto said = must_run(folder, command);
  EXPECT_EQ(said["conditions"], 1 + 2 + 2 + 6);
  const io::AnnData data = io::read_anndata(folder / "a.h5ad");
  const auto group = data.obs.strings("group", "a"), target = data.obs.strings("target", "a"),
             classes = data.obs.strings("class", "a");
  const auto accuracy = data.obs.numbers("accuracy", "a"), count = data.obs.numbers("count", "a");
  double intact = 0, top_half = 1;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (!classes[i].empty() || target[i] != "model") continue;
    if (group[i] == "none") intact = accuracy[i];
    if (group[i] == "top" && count[i] == 24) top_half = accuracy[i];
  }
  EXPECT_LE(top_half, intact);
  EXPECT_EQ(data.layer("probe_accuracy")->cols(), 60);
  const std::string bytes = sha256_file(folder / "a.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "a.h5ad"), bytes);
}
TEST(CommandAblate, WithoutNeuronsTheModelAsItIsIsMeasured) {
  const PipelineFolder folder;
  folder.make_ranking();
  const auto alone =
      must_run(folder, "ablate model dev.conllu --probe v.probe.h5ad --measure probe -o alone.h5ad");
  const auto edited = must_run(
      folder, "ablate model dev.conllu --ranking v.rank.h5ad --probe v.probe.h5ad --top 5 -o edited.h5ad");
  EXPECT_EQ(alone["conditions"], 1);
  ASSERT_FALSE(alone["effects"].empty());
  EXPECT_EQ(alone["effects"][0]["ablated"], "none");
  EXPECT_EQ(alone["effects"][0]["accuracy"], edited["effects"][0]["accuracy"]);
}
TEST(CommandAblate, KeepingEverythingIsTheIntactModel) {
  const PipelineFolder folder;
  folder.make_ranking();
  const auto said = must_run(
      folder,
      "ablate model dev.conllu --ranking v.rank.h5ad --probe v.probe.h5ad --top 100% --keep -o a.h5ad");
  for (const auto& row : said["effects"]) EXPECT_NEAR(row["accuracy_drop"].get<double>(), 0, 1e-12);
}
TEST(CommandAblate, ReplacesByMeansOfTheRankingAndByAValue) {
  const PipelineFolder folder;
  folder.make_ranking();
  must_run(folder,
           "ablate model dev.conllu --ranking v.rank.h5ad --probe v.probe.h5ad --top 5 --operation mean -o "
           "a.h5ad");
  must_run(folder,
           "ablate model dev.conllu --neurons mlp_post@0:1-3 --each --probe v.probe.h5ad --operation set "
           "--value 2 -o b.h5ad");
  EXPECT_EQ(io::read_anndata(folder / "b.h5ad").obs.strings("group", "b").back(), "neuron");
  expect_refusal(
      folder,
      "ablate model dev.conllu --neurons mlp_post@0:1 --probe v.probe.h5ad --operation mean -o out.h5ad", 2,
      "means are not known");
  // Means of a file go before the ranking's own: the same where that was made of the file, none where it has
  // other sites.
  const std::string again =
      "ablate model dev.conllu --ranking v.rank.h5ad --probe v.probe.h5ad --top 5 --operation mean ";
  const auto own = must_run(folder, again + "-o c.h5ad"),
             of_file = must_run(folder, again + "--means train.h5ad -o d.h5ad");
  EXPECT_EQ(own["effects"], of_file["effects"]);
  must_run(folder, "extract model train.conllu --sites mlp_post@0 -o other.h5ad");
  expect_refusal(folder, again + "--means other.h5ad -o out.h5ad", 2,
                 "is not known; extract its site and give --means");
}
TEST(CommandAblate, OperationsAreTriedInTurnAtChosenPlaces) {
  const PipelineFolder folder;
  folder.make_ranking();
  const auto said = must_run(
      folder,
      "ablate model dev.conllu --neurons resid_post@0:0-11 --probe v.probe.h5ad --operation "
      "zero,scale=0.5,scale=1,add=3,quantile=0.5,resample --quantiles-of dev.h5ad --where upos=V --donors "
      "train.conllu --positions upos=V -o a.h5ad");
  ASSERT_EQ(said["effects"].size(), 7U);
  EXPECT_EQ(said["effects"][2]["operation"], "scale=0.5");
  EXPECT_EQ(said["effects"][3]["flip_rate"], 0) << "scale=1 changes nothing";
  EXPECT_EQ(io::read_anndata(folder / "a.h5ad").obs.strings("operation", "a").back(), "resample");
  must_run(folder,
           "ablate model dev.conllu --neurons resid_post@1 --probe v.probe.h5ad --operation patch --donors "
           "dev.conllu --positions last -o b.h5ad");
}
TEST(CommandAblate, ARankingsColumnIsADirectionToSteerAlong) {
  const PipelineFolder folder;
  folder.make_ranking();
  // Towards V, word by word: more of what is C is taken for V, and the other way round.
  const auto said = must_run(folder,
                             "ablate model dev.conllu --vector v.probe.h5ad --concept V --unit-vector "
                             "--operation add=-40,add=40 --probe v.probe.h5ad -o a.h5ad");
  EXPECT_EQ(said["effects"].size(), 6U);
  const io::AnnData data = io::read_anndata(folder / "a.h5ad");
  const auto operation = data.obs.strings("operation", "a"), target = data.obs.strings("target", "a"),
             classes = data.obs.strings("class", "a");
  const auto accuracy = data.obs.numbers("accuracy", "a");
  std::map<std::string, double> recall;
  for (std::size_t i = 0; i < accuracy.size(); ++i)
    if (target[i] == "matrix") recall[operation[i] + classes[i]] = accuracy[i];
  EXPECT_EQ(recall["add=40V"], 1);
  EXPECT_LT(recall["add=-40V"], 0.5);
}
TEST(CommandAblate, TheDirectionOfARankingHasItsSigns) {
  const PipelineFolder folder;
  must_run(folder, "extract model train.conllu -o train.h5ad --sites resid_post@0");
  const std::string steer =
      "ablate model dev.conllu --neurons resid_post@0 --operation add=2 --vector v.rank.h5ad --concept V "
      "--changes resid_pre@1 -o c.h5ad --force";
  const auto moved = [&](const std::string& method) {
    must_run(folder, "rank train.h5ad --label upos --method " + method + " -o v.rank.h5ad --force");
    must_run(folder, steer);
    return MatrixF(io::read_anndata(folder / "c.h5ad").layer("change")->col(0));
  };
  const MatrixF difference = moved("mean-difference --standardise no");
  // What V's words are on average, less what C's are: by reading the activations.
  const io::AnnData data = io::read_anndata(folder / "train.h5ad");
  const auto upos = data.obs.strings("upos", "train");
  VectorD of_v = VectorD::Zero(data.X->cols()), of_c = of_v;
  double v = 0, c = 0;
  for (std::size_t i = 0; i < upos.size(); ++i) {
    (upos[i] == "V" ? of_v : of_c) += data.X->row(static_cast<Index>(i)).transpose().cast<double>();
    (upos[i] == "V" ? v : c) += 1;
  }
  const VectorD expected = 2 * (of_v / v - of_c / c);
  ASSERT_LT(expected.minCoeff(), 0);
  for (Index n = 0; n < expected.size(); ++n) EXPECT_NEAR(difference(n, 0), expected(n), 1e-4) << n;
  // An area under the curve of 1/2 is no direction at all.
  const MatrixF area = moved("auroc");
  const io::AnnData ranking = io::read_anndata(folder / "v.rank.h5ad");
  for (Index n = 0; n < expected.size(); ++n)
    EXPECT_NEAR(area(n, 0), 2 * ((*ranking.layer("signed"))(n, 1) - 0.5), 1e-4) << n;
}
TEST(CommandAblate, FilesThatNoOperationAsksForAreRefused) {
  const PipelineFolder folder;
  folder.make_ranking();
  const std::string start =
      "ablate model dev.conllu --neurons resid_post@0:1 --probe v.probe.h5ad -o out.h5ad ";
  expect_refusal(folder, start + "--operation resample", 2, "give --donors FILE");
  expect_refusal(folder, start + "--donors dev.conllu", 2, "is for the operations resample and patch");
  expect_refusal(folder, start + "--operation quantile=0.5", 2, "give --quantiles-of FILE");
  expect_refusal(folder, start + "--operation scle=2", 2, "did you mean 'scale'");
  expect_refusal(folder, start + "--positions upos=X", 1, "no word where upos=X");
  expect_refusal(folder, start + "--positions /[/", 2, "[");
  expect_refusal(folder, start + "--operation add=1 --vector v.rank.h5ad --concept W", 2, "no vector 'W'");
  must_run(folder, "ablate model dev.conllu --neurons resid_post@0:1 --probe v.probe.h5ad -o a.h5ad");
  expect_refusal(folder, start + "--operation add=1 --vector a.h5ad", 1,
                 "a.h5ad: holds no vectors; give a ranking, a probe or what `tcav --directions` writes");
}
TEST(CommandAblate, SeveralMeasuresOfOneConditionAreNoDraws) {
  const TempFolder folder;
  tiny_model(folder, "gpt2-lm");
  write_text(folder / "text.csv", "sentence,class\na b c d,x\ne f g,y\nh i j k l,x\n");
  const std::string ablate = "ablate model text.csv --neurons mlp_post@0:1-9 --measure likelihood,kl ";
  const auto both = must_run(folder, ablate + "-o a.h5ad");
  EXPECT_TRUE(both["effects"][1].contains("kl"));
  EXPECT_FALSE(both["effects"][1].contains("sd"));
  // Figures by class are in the file, which a line says.
  const std::string said = run_neurox(folder, ablate + "--label-column class -o b.h5ad").out;
  EXPECT_NE(said.find("Figures of 2 classes are in the file"), std::string::npos) << said;
}
TEST(CommandAblate, ARankingOfAnotherModelIsRefused) {
  const PipelineFolder folder;
  folder.make_ranking();
  std::string config = read_text(folder / "model/config.json");
  config.insert(config.rfind('}'), " ");
  write_text(folder / "model/config.json", config);
  expect_refusal(folder,
                 "ablate model dev.conllu --ranking v.rank.h5ad --probe v.probe.h5ad --top 5 -o out.h5ad", 1,
                 "made with model");
}
TEST(CommandAblate, NothingToAblateOrToMeasureIsRefused) {
  const PipelineFolder folder;
  folder.make_ranking();
  expect_refusal(folder, "ablate model dev.conllu --probe v.probe.h5ad -o out.h5ad", 2, "nothing to ablate");
  expect_refusal(folder, "ablate model dev.conllu --ranking v.rank.h5ad --top 5 -o out.h5ad", 2,
                 "nothing to measure");
}

}  // namespace
}  // namespace neurox::testing
