#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A tiny classifier and texts: the concept has words of the first letters, the others of any.
class TcavFolder : public TempFolder {
 public:
  TcavFolder() {
    tiny_model(*this, "bert-sequence");
    std::string early, late, any, dev = "label,sentence\n";
    std::string random[4];
    for (int i = 0; i < 40; ++i) {
      early += text(i, 8) + "\n";
      late += text(i + 3, 8, 'q') + "\n";
      for (int r = 0; r < 4; ++r) random[r] += text(101 * r + 7 * i, 26) + "\n";
    }
    for (int i = 0; i < 120; ++i) any += text(1000 + 11 * i, 26) + "\n";
    for (int i = 0; i < 30; ++i) dev += std::to_string(i % 2) + "," + text(13 * i, 26) + "\n";
    write_text(*this / "early.txt", early);
    write_text(*this / "late.txt", late);
    write_text(*this / "any.txt", any);
    write_text(*this / "dev.csv", dev);
    for (int r = 0; r < 4; ++r) write_text(*this / fmt::format("r{}.txt", r), random[r]);
  }

  /// Three words of letters among `letters` from `first` on, by a fixed scramble of i.
  static std::string text(int i, int letters, char first = 'a') {
    std::string out;
    unsigned state = static_cast<unsigned>(i) * 2654435761U + 12345U;
    for (int w = 0; w < 3; ++w) {
      if (w > 0) out += ' ';
      for (int l = 0; l < 2; ++l) {
        state = state * 1664525U + 1013904223U;
        out += static_cast<char>(first + static_cast<int>((state >> 16) % static_cast<unsigned>(letters)));
      }
    }
    return out;
  }
};

const std::string with_sets =
    "tcav model dev.csv --concept early=early.txt --random r0.txt r1.txt r2.txt r3.txt --sites resid_post";

TEST(CommandTcav, ScoresEverySiteAndClassAndWritesTheVectorsAsARanking) {
  const TcavFolder folder;
  const std::string command = with_sets + " --directions d.h5ad -o t.h5ad";
  const auto said = must_run(folder, command);
  ASSERT_GE(said["scores"].size(), 4U);
  const io::AnnData table = io::read_anndata(folder / "t.h5ad");
  const auto rows = static_cast<std::size_t>(table.obs.rows);
  EXPECT_EQ(said["scores"].size(), rows);
  EXPECT_EQ(table.layer("sensitivity")->cols(), 30);
  const auto score = table.obs.numbers("score", "t"), low = table.obs.numbers("score_low", "t"),
             high = table.obs.numbers("score_high", "t"), p = table.obs.numbers("p", "t"),
             corrected = table.obs.numbers("p_corrected", "t"), accuracy = table.obs.numbers("accuracy", "t");
  for (std::size_t i = 0; i < rows; ++i) {
    EXPECT_GE(score[i], 0);
    EXPECT_LE(score[i], 1);
    EXPECT_LE(low[i], score[i] + 1e-12);
    EXPECT_GE(high[i], score[i] - 1e-12);
    EXPECT_GE(corrected[i], p[i]);
    EXPECT_GT(accuracy[i], 0.6);
    // The share of sentences whose mean derivative is above 0 is near the mean of the runs' shares.
    const auto row = table.layer("sensitivity")->row(static_cast<Index>(i));
    EXPECT_NEAR(static_cast<double>((row.array() > 0).count()) / 30, score[i], 0.35);
  }
  EXPECT_EQ(table.uns.at("neurox").at("kind"), "tcav");

  const io::AnnData ranking = io::read_anndata(folder / "d.h5ad");
  EXPECT_THAT(*ranking.var.row_names, ElementsAre("early", "overall"));
  EXPECT_EQ(ranking.obs.rows, 48);
  EXPECT_NEAR(ranking.X->col(0).sum(), 1, 1e-5);
  EXPECT_GT(ranking.layer("weight")->col(0).norm(), 0);
  EXPECT_EQ(ranking.layer("rank")->col(0).minCoeff(), 1);
  EXPECT_EQ(ranking.layer("rank")->col(0).maxCoeff(), 48);

  const std::string bytes = sha256_file(folder / "t.h5ad"), vectors = sha256_file(folder / "d.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "t.h5ad"), bytes);
  EXPECT_EQ(sha256_file(folder / "d.h5ad"), vectors);
}
TEST(CommandTcav, TheVectorsCanBeAblated) {
  const TcavFolder folder;
  must_run(folder, with_sets + " --directions d.h5ad -o t.h5ad");
  must_run(folder, "ablate model dev.csv --ranking d.h5ad --concept early --top 10% --random 2 -o a.h5ad");
}
TEST(CommandTcav, DrawsRandomSetsAndSetsConceptsAgainstEachOther) {
  const TcavFolder folder;
  const auto said =
      must_run(folder,
               "tcav model dev.csv --concept early=early.txt --concept late=late.txt --random-from "
               "any.txt --runs 4 --against others --sites resid_post@1 --target 1 --at mean -o t.h5ad");
  ASSERT_EQ(said["scores"].size(), 4U);
  EXPECT_EQ(said["scores"][2]["against"], "others");
  EXPECT_EQ(io::read_anndata(folder / "t.h5ad").obs.numbers("runs", "t")[0], 4);
  // Two concepts against each other are one direction, turned round.
  EXPECT_NEAR(said["scores"][2]["magnitude"].get<double>() + said["scores"][3]["magnitude"].get<double>(), 0,
              0.02);
}
TEST(CommandTcav, TakesWordsOfALabelAgainstOtherWords) {
  const TcavFolder folder;
  std::string text;
  for (int s = 0; s < 60; ++s) {
    for (int w = 0; w < 3; ++w) {
      const char letter = static_cast<char>('a' + (7 * s + 5 * w + s * w) % 26);
      text += fmt::format("{0}\t{1}\t{1}\t{2}\t_\t_\t0\troot\t_\t_\n", w + 1, letter,
                          letter <= 'm' ? "ADJ" : "NOUN");
    }
    text += "\n";
  }
  write_text(folder / "words.conllu", text);
  const std::string command =
      "tcav model dev.csv --concept adj=label:upos=ADJ --labelled words.conllu --at word --runs 5 --C 100 -o "
      "t.h5ad";
  const auto said = must_run(folder, command);
  for (const auto& row : said["scores"]) EXPECT_GT(row["accuracy"].get<double>(), 0.6);
  // The same words by a label file of that corpus.
  must_run(folder, "label words.conllu --regex 'early=^[a-m]' -o words.labels.h5ad");
  EXPECT_EQ(must_run(folder,
                     "tcav model dev.csv --concept adj=label:early=early --labelled words.conllu --labels "
                     "words.labels.h5ad --at word --runs 5 --C 100 -o l.h5ad")["scores"],
            said["scores"]);
  expect_refusal(folder,
                 "tcav model dev.csv --concept adj=label:upos=ADJ --labelled words.conllu -o out.h5ad", 2,
                 "concepts from labels are of words; add --at word");
  expect_refusal(
      folder, "tcav model dev.csv --concept adj=label:upos=ADG --labelled words.conllu --at word -o out.h5ad",
      2, "no word has upos=ADG (did you mean 'ADJ'?)");
}
TEST(CommandTcav, GoldExamplesAreThoseOfTheClass) {
  const TcavFolder folder;
  must_run(folder, with_sets + " --examples gold --label-column label --target no,maybe -o t.h5ad");
  const io::AnnData table = io::read_anndata(folder / "t.h5ad");
  const auto n = table.obs.numbers("sentences", "t");
  EXPECT_EQ(n[0], 15);
  EXPECT_EQ(n[1], 15);
  EXPECT_NE(std::isnan((*table.layer("sensitivity"))(0, 0)), std::isnan((*table.layer("sensitivity"))(1, 0)));
}
TEST(CommandTcav, RefusesWhatSaysNothing) {
  const TcavFolder folder;
  expect_refusal(folder, with_sets + " --examples gold --label-column label -o out.h5ad", 1,
                 "no sentence is an example of class 'yes'");
  write_text(folder / "few.txt", "a b\nc d\n");
  expect_refusal(folder, "tcav model dev.csv --concept x=few.txt --random r0.txt r1.txt r2.txt -o out.h5ad",
                 1, "concept 'x' has 2 examples but at least 10 are needed");
  expect_refusal(folder, "tcav model dev.csv --concept x=r1.txt --random r0.txt r1.txt r2.txt -o out.h5ad", 1,
                 "concept 'x' equals its counterpart");
  expect_refusal(folder, "tcav model dev.csv --concept x=any.txt --random-from any.txt -o out.h5ad", 1,
                 "is the concept its own counterpart?");
  expect_refusal(folder, "tcav model dev.csv --concept x=early.txt --random r0.txt -o out.h5ad", 2,
                 "1 random set: a score has to be held against several");
  expect_refusal(folder, "tcav model dev.csv --concept x=early.txt -o out.h5ad", 2,
                 "give random counterparts");
  expect_refusal(folder, "tcav model dev.csv --concept early.txt --random-from any.txt -o out.h5ad", 2,
                 "write NAME=FILE, NAME=contexts:RANKING or NAME=label:SET=VALUE");
  expect_refusal(folder, with_sets + " --target yess -o out.h5ad", 2,
                 "the model has no class 'yess' (did you mean 'yes'?); it has no, maybe, yes");
  write_text(folder / "lines.csv", "one line\nand another\n");
  expect_refusal(folder, "tcav model dev.csv --concept x=lines.csv --random-from any.txt -o out.h5ad", 1,
                 "name it with --concept-column, or read lines with --concept-format text");
  expect_refusal(folder, with_sets + " --against erly -o out.h5ad", 2,
                 "'erly' is no concept (did you mean 'early'?)");
  expect_refusal(
      folder,
      "tcav model dev.csv --concept x=early.txt --random-from any.txt --sites attn_pattern -o out.h5ad", 2,
      "no columns of its own");
}
TEST(CommandTcav, AModelWithoutAHeadIsRefusedButItsNeuronsAreNot) {
  const TcavFolder folder;
  std::filesystem::remove_all(folder / "model");
  tiny_model(folder);
  expect_refusal(folder, with_sets + " -o out.h5ad", 2, "has no head, so there is no class to explain");
  expect_refusal(folder, with_sets + " --target next -o out.h5ad", 2, "predicts no next token");
  must_run(folder, with_sets + "@0 --target mlp_post@1:3,mlp_post@1:4 -o out.h5ad");
  EXPECT_THAT(io::read_anndata(folder / "out.h5ad").obs.strings("class", "out"),
              ::testing::IsSupersetOf({"mlp_post@1:3", "mlp_post@1:4"}));
}
TEST(CommandTcav, ExplainsWhatFollowsWhereAnAnswerStartsAndTheClassOfAWord) {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"gpt2-lm", {" --at mean", " --at mean --target next=a,next=b"}},
      {"bert-span", {"", " --target span"}},
      {"bert-token", {"", " --word 1"}}};
  for (const auto& [family, asked] : cases) {
    const TcavFolder folder;
    std::filesystem::remove_all(folder / "model");
    tiny_model(folder, family);
    for (const std::string& targets : asked) {
      must_run(folder, with_sets + "@0" + targets + " --force -o out.h5ad");
      const io::AnnData table = io::read_anndata(folder / "out.h5ad");
      EXPECT_EQ(table.obs.numbers("sentences", "out").front(), 30) << family << targets;
      const auto& derivatives = table.layers.front().second;
      EXPECT_GT(derivatives.cwiseAbs().maxCoeff(), 0) << family << targets;
    }
  }
}
TEST(CommandTcav, ExamplesWithTheirGoldLabelAreOfClassesOfTexts) {
  const TcavFolder folder;
  expect_refusal(folder, with_sets + "@0 --target mlp_post@1:3 --examples gold -o out.h5ad", 2,
                 "--examples gold goes with classes of texts");
  expect_refusal(folder, with_sets + " --word 1 -o out.h5ad", 2, "--word goes with a classifier of words");
}

TEST(CommandTcav, VectorsUseTheNeuronsAskedForAlone) {
  const TcavFolder folder;
  must_run(folder, with_sets + " --neurons resid_post@1:0-5 --directions d.h5ad -o t.h5ad");
  const io::AnnData directions = io::read_anndata(folder / "d.h5ad");
  const auto block = directions.obs.numbers("block", "d"), neuron = directions.obs.numbers("neuron", "d");
  double inside = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    EXPECT_EQ(block[i], 1) << "a site without one of them is left out";
    const double weight = std::abs(static_cast<double>((*directions.X)(static_cast<Index>(i), 0)));
    if (neuron[i] > 5) {
      EXPECT_EQ(weight, 0) << neuron[i];
    } else {
      inside += weight;
    }
  }
  EXPECT_GT(inside, 0);
  expect_refusal(folder, with_sets + " --neurons mlp_post@0:1 -o out.h5ad", 2,
                 "none of them lies at --sites resid_post");
}

TEST(CommandTcav, AConceptIsWhatNeuronsOfARankingStandFor) {
  const TcavFolder folder;
  must_run(folder, "extract model any.txt -o any.h5ad");
  must_run(folder, "rank any.h5ad --method top-sentences --neurons resid_post@1:0-3 --kept 12 -o top.h5ad");
  const io::AnnData ranking = io::read_anndata(folder / "top.h5ad");
  const auto& contexts = ranking.uns.at("contexts");
  std::vector<std::string> seen;
  std::string lines;
  for (std::size_t i = 0; i < contexts.at("text").size(); ++i) {
    const auto text = contexts.at("text")[i].get<std::string>();
    const auto neuron = contexts.at("neuron")[i].get<int>();
    if ((neuron != 1 && neuron != 2) || std::count(seen.begin(), seen.end(), text) > 0) continue;
    seen.push_back(text);
    lines += text + "\n";
  }
  write_text(folder / "these.txt", lines);
  const std::string rest = " --random r0.txt r1.txt r2.txt r3.txt --at mean --target 1 -o ";
  const auto by_ranking =
      must_run(folder, "tcav model dev.csv --concept c=contexts:top.h5ad,resid_post@1:1,2" + rest + "a.h5ad");
  const auto by_file = must_run(folder, "tcav model dev.csv --concept c=these.txt" + rest + "b.h5ad");
  EXPECT_EQ(by_ranking["scores"], by_file["scores"]);
  must_run(folder, "tcav model dev.csv --concept c=contexts:top.h5ad" + rest + "first.h5ad");
  expect_refusal(folder, "tcav model dev.csv --concept c=contexts:any.h5ad" + rest + "out.h5ad", 1,
                 "any.h5ad: holds no contexts; `neurox rank ACTIVATIONS --method top-sentences` makes them");
  expect_refusal(folder,
                 "tcav model dev.csv --concept c=contexts:top.h5ad,resid_post@1:9" + rest + "out.h5ad", 2,
                 "resid_post");
}

}  // namespace
}  // namespace neurox::testing
