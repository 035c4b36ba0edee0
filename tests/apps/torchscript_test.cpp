#include <gmock/gmock.h>

#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

/// Commands on TorchScript files, as docs/torchscript.md has them.
namespace neurox::testing {
namespace {

class ScriptFolder : public TempFolder {
 public:
  explicit ScriptFolder(const std::string& name) {
    const std::filesystem::path source = std::filesystem::path(NEUROX_TESTDATA) / "torchscript";
    std::filesystem::copy(source / name, *this / "m", std::filesystem::copy_options::recursive);
    write_text(*this / "some.csv", "text,label\nThe film a very fun.,1\ndull film,0\nnot a good film,0\n");
    write_text(*this / "some.txt", "ab cabbage\nfed a\n");
    std::string concept_text, neutral;
    for (int i = 0; i < 12; ++i) {
      concept_text += std::string(i % 2 == 0 ? "good fun" : "fun good") + (i % 3 == 0 ? " film" : " .") +
                      (i % 4 == 0 ? " the\n" : "\n");
      neutral += std::string(i % 2 == 0 ? "film the" : "a film") + (i % 3 == 0 ? " very" : " .") +
                 (i % 5 == 0 ? " not\n" : "\n");
    }
    write_text(*this / "good.txt", concept_text);
    for (const char* n : {"n1.txt", "n2.txt", "n3.txt"}) {
      write_text(*this / n, neutral + std::string("the ") + n[1] + "\n");
    }
  }
};

TEST(TorchScript, InfoListsTheModulesAsSites) {
  const ScriptFolder folder("cnn");
  const auto said = must_run(folder, "info m/model.ts");
  EXPECT_EQ(said["word embeddings"], "embedding");
  EXPECT_EQ(said["output"], "classes of a text");
  ASSERT_EQ(said["sites"].size(), 10U);
  EXPECT_EQ(said["sites"][2]["site"], "windows.0.act");
  EXPECT_EQ(said["sites"][2]["width"], 5);
  EXPECT_EQ(said["sites"][8]["row for each"], "text");
}
TEST(TorchScript, AttributeTellsWordsPairsAndNeurons) {
  const ScriptFolder folder("cnn");
  const auto words = must_run(folder,
                              "attribute m/model.ts some.csv --target gold --method "
                              "integrated-gradients,shapley,occlusion -o w.h5ad");
  EXPECT_EQ(words["sentences"], 3);
  EXPECT_LT(std::abs(words["examples"][1]["delta"].get<double>()), 1e-4);
  must_run(folder, "attribute m/model.ts some.csv --method shapley-taylor -o p.h5ad");
  const std::string command =
      "attribute m/model.ts some.csv --method conductance --sites windows.0.act,hidden_act -o n.h5ad";
  const auto neurons = must_run(folder, command);
  EXPECT_EQ(neurons["sites"][0]["site"], "windows.0.act");
  const io::AnnData data = io::read_anndata(folder / "n.h5ad");
  EXPECT_EQ(data.X->rows(), 9);
  EXPECT_EQ(data.uns["neurox"]["model"], "m/model.ts");
  const std::string bytes = sha256_file(folder / "n.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "n.h5ad"), bytes);
}
TEST(TorchScript, RankingsOfModulesAreAblated) {
  const ScriptFolder folder("cnn");
  must_run(folder,
           "attribute m/model.ts some.csv --method conductance --sites hidden_act,windows.1.act -o n.h5ad");
  const auto said =
      must_run(folder, "ablate m/model.ts some.csv --ranking n.h5ad --top 2 --random 2 -o e.h5ad");
  EXPECT_EQ(said["conditions"], 4);
  must_run(folder, "ablate m/model.ts some.csv --neurons hidden_act:0-3 -o all.h5ad");
}
TEST(TorchScript, ExtractProbeAndRankTakeModules) {
  const ScriptFolder folder("tagger");
  must_run(folder, "extract m/model.ts some.csv --sites lstm,embedding -o x.h5ad");
  const io::AnnData data = io::read_anndata(folder / "x.h5ad");
  EXPECT_EQ(data.X->cols(), 13);
  EXPECT_EQ(data.X->rows(), 11);
}
TEST(TorchScript, TcavScoresConceptsInWindowsAndTheHiddenLayer) {
  const ScriptFolder folder("cnn");
  const auto said =
      must_run(folder,
               "tcav m/model.ts some.csv --concept good=good.txt --random n1.txt n2.txt n3.txt --sites "
               "windows.0.act,hidden_act -o t.h5ad");
  EXPECT_EQ(said["scores"].size(), 4U);
}
TEST(TorchScript, TokenClassifiersAndLanguageModelsHaveTheirTargets) {
  const ScriptFolder tagger("tagger");
  const auto tags =
      must_run(tagger, "attribute m/model.ts some.csv --word 1 --method integrated-gradients -o t.h5ad");
  EXPECT_THAT(tags["examples"][0]["target"].get<std::string>(), ::testing::HasSubstr(" at token 1"));
  const ScriptFolder letters("letters");
  const auto next = must_run(
      letters, "attribute m/model.ts some.txt --target next=a --method saliency --baseline zero -o l.h5ad");
  EXPECT_EQ(next["examples"][0]["target"], "a");
  must_run(letters, "ablate m/model.ts some.txt --neurons lstm:0-2 -o a.h5ad");
}
TEST(TorchScript, WhatCannotBeDoneIsRefusedInOneLine) {
  const ScriptFolder folder("refused");
  const std::string tail = " some.csv --method saliency -o out.h5ad";
  expect_refusal(folder, "attribute m/frozen.ts" + tail, 1, "frozen (torch.jit.freeze)");
  expect_refusal(folder, "attribute m/state.pt" + tail, 1, "no TorchScript file");
  expect_refusal(folder, "attribute m/step.ts" + tail, 1, "its output has no gradient by the words");
  expect_refusal(folder, "attribute m/nothing.ts" + tail, 1, "no such folder or file");
  expect_refusal(folder, "info m/flat.ts", 1, "a module without inner modules");
  const ScriptFolder cnn("cnn");
  expect_refusal(cnn, "attribute m/model.ts some.csv --method conductance --sites hidden_akt -o out.h5ad", 2,
                 "no site 'hidden_akt' (did you mean 'hidden_act'?)");
  expect_refusal(cnn,
                 "tcav m/model.ts some.csv --concept a=good.txt --random n1.txt n2.txt n3.txt --sites "
                 "hidden_act --at summary -o out.h5ad",
                 2, "has no summary token");
  std::filesystem::remove(cnn / "m" / "vocab.txt");
  expect_refusal(cnn, "attribute m/model.ts" + tail, 1, "no vocabulary beside it");
}

}  // namespace
}  // namespace neurox::testing
