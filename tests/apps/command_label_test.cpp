#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <sstream>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

/// Rows of each class of a label set, as the command says them.
std::map<std::string, int> class_sizes(const nlohmann::json& said, const std::string& label) {
  std::map<std::string, int> sizes;
  for (const auto& row : said["class_sizes"])
    if (row["label"] == label) sizes[row["class"]] = row["rows"];
  return sizes;
}

using Sizes = std::map<std::string, int>;

/// Activations of train.conllu and dev.conllu.
class CommandLabel : public ::testing::Test {
 protected:
  void extract() const {
    must_run(folder_, "extract model train.conllu -o train.h5ad");
    must_run(folder_, "extract model dev.conllu -o dev.h5ad");
  }
  PipelineFolder folder_;
};

TEST_F(CommandLabel, MakesTheSameLabelsOfTextAndOfItsActivations) {
  extract();
  const std::string sets =
      "--regex 'vowel=^[aeiou]' --where 'both=upos=V and feats.Number=Plur' --feature length,edge,depth "
      "--keep upos -o ";
  const auto of_text = must_run(folder_, "label train.conllu " + sets + "t.h5ad");
  const auto of_rows = must_run(folder_, "label train.h5ad " + sets + "a.h5ad");
  EXPECT_EQ(of_text["class_sizes"], of_rows["class_sizes"]);
  const io::AnnData t = io::read_anndata(folder_ / "t.h5ad"), a = io::read_anndata(folder_ / "a.h5ad");
  for (const char* name :
       {"token", "sentence", "position", "upos", "vowel", "both", "length", "edge", "depth"}) {
    ASSERT_NE(t.obs.find(name), nullptr) << name;
    EXPECT_EQ(t.obs.find(name)->data, a.obs.find(name)->data) << name;
  }
  const std::string bytes = sha256_file(folder_ / "t.h5ad");
  must_run(folder_, "label train.conllu " + sets + "t.h5ad --force");
  EXPECT_EQ(sha256_file(folder_ / "t.h5ad"), bytes);
}
TEST_F(CommandLabel, NarrowedLabelsAreThoseOfSomeRows) {
  extract();
  const auto said = must_run(folder_,
                             "label train.conllu --narrow inner=upos --narrow place=position --among "
                             "'edge!=first' --keep upos,feats.Number -o t.h5ad");
  const io::AnnData t = io::read_anndata(folder_ / "t.h5ad");
  const auto upos = t.obs.strings("upos", "t"), inner = t.obs.strings("inner", "t");
  const auto position = t.obs.numbers("position", "t"), place = t.obs.numbers("place", "t");
  for (std::size_t i = 0; i < upos.size(); ++i) {
    EXPECT_EQ(inner[i], position[i] == 0 ? "" : upos[i]) << i;
    EXPECT_TRUE(position[i] == 0 ? std::isnan(place[i]) : place[i] == position[i]) << i;
  }
  expect_refusal(folder_, "label train.conllu --narrow inner=upos -o x.h5ad", 2,
                 "--narrow keeps the labels of the rows of --among CONDITION; give that too");
  expect_refusal(folder_, "label train.conllu --narrow inner=uppos --among 'position>0' -o x.h5ad", 1,
                 "no labels 'uppos' (did you mean 'upos'?)");
  expect_refusal(folder_, "label train.conllu --narrow inner= --among 'position>0' -o x.h5ad", 2,
                 "--narrow 'inner=': NAME=SET is expected");
}
TEST_F(CommandLabel, ProbeTakesALabelFileOfTextForTrainingAndEvaluation) {
  extract();
  for (const std::string name : {"train", "dev"})
    must_run(folder_, "label " + name + ".conllu -o " + name +
                          ".labels.h5ad --where 'early=upos=V' --keep feats.Number");
  const auto said =
      must_run(folder_,
               "probe train.h5ad --labels train.labels.h5ad --label early --eval dev.h5ad --eval-labels "
               "dev.labels.h5ad --no-control --no-sites -o p.h5ad");
  const auto annotated =
      must_run(folder_, "probe train.h5ad --label upos --eval dev.h5ad --no-control --no-sites -o q.h5ad");
  EXPECT_EQ(said["accuracy"], annotated["accuracy"]);  // early is V, other is C
  EXPECT_EQ(said["class_sizes"][0]["class"], "early");
  EXPECT_EQ(said["class_sizes"][0]["rows"].get<int>() + said["class_sizes"][1]["rows"].get<int>(), 480);
}
TEST_F(CommandLabel, ALabelFileOfAnotherCorpusIsRefusedWithTheFirstRowThatDiffers) {
  extract();
  must_run(folder_, "label dev.conllu -o dev.labels.h5ad --regex 'vowel=^[aeiou]'");
  expect_refusal(
      folder_, "probe train.h5ad --labels dev.labels.h5ad --label vowel -o out.h5ad", 1,
      "dev.labels.h5ad: row 0 (sentence 0, position 0) 'm' is row 0 (sentence 0, position 0) 'aa' in "
      "train.h5ad; labels and activations must be of the same rows of the same text");
  expect_refusal(folder_, "probe train.h5ad --labels dev.h5ad --label vowel -o out.h5ad", 1,
                 "dev.h5ad: is no label file, but of kind activations");
}
TEST_F(CommandLabel, ALabelFileMayGoOnBehindTheActivationsButNotEndBefore) {
  must_run(folder_, "extract model train.conllu -o ten.h5ad --limit 30");
  must_run(folder_, "label train.conllu -o all.h5ad --regex 'vowel=^[aeiou]'");
  must_run(folder_, "label train.conllu -o five.h5ad --regex 'vowel=^[aeiou]' --limit 5");
  must_run(folder_, "probe ten.h5ad --labels all.h5ad --label vowel --min-class 5 -o p.h5ad");
  expect_refusal(folder_, "probe ten.h5ad --labels five.h5ad --label vowel -o out.h5ad", 1,
                 "five.h5ad: ends after 20 rows, but ten.h5ad goes on with row 20 (sentence 5, position 0)");
}
TEST_F(CommandLabel, SentencesWithAConceptComeFromFilesOrFromJson) {
  write_text(folder_ / "text.txt", "a good day\na bad day\nan odd day\n");
  write_text(folder_ / "yes.txt", "a good day\n");
  write_text(folder_ / "no.txt", "a bad day\nnot in the text\n");
  write_text(folder_ / "c.json",
             R"({"concept": "joy", "sentences": {"positive": ["a good day"], "negative": ["a bad day"]}})");
  const auto said = must_run(
      folder_, "label text.txt --positive mood=yes.txt --negative mood=no.txt --concept c.json -o l.h5ad");
  EXPECT_EQ(class_sizes(said, "mood"), (Sizes{{"negative", 3}, {"positive", 3}}));
  EXPECT_EQ(class_sizes(said, "joy"), (Sizes{{"negative", 3}, {"positive", 3}}));
  EXPECT_EQ(
      class_sizes(must_run(folder_, "label c.json --format concept --unit sentence -o s.h5ad"), "concept"),
      (Sizes{{"negative", 1}, {"positive", 1}}));
  expect_refusal(folder_, "label text.txt --positive mood=yes.txt -o out.h5ad", 2,
                 "'mood' has no negative sentences; give --negative mood=FILE too");
  expect_refusal(folder_, "label text.txt --positive m=yes.txt --negative m=yes.txt -o out.h5ad", 1,
                 "'a good day' is both a positive and a negative sentence");
}
TEST_F(CommandLabel, PairsShareWordsAndCarryTheirClassToEachOfTheirWords) {
  write_text(folder_ / "pairs.tsv",
             "premise\thypothesis\tlabel\na dog runs\tA dog sleeps\tno\nx y\tz\tmaybe\n");
  const auto said =
      must_run(folder_, "label pairs.tsv --overlap --text-has 'dog=\\bdog\\b' --second-has 'z=z' -o l.h5ad");
  EXPECT_EQ(class_sizes(said, "label"), (Sizes{{"maybe", 3}, {"no", 6}}));
  EXPECT_EQ(class_sizes(said, "dog"), (Sizes{{"dog", 6}, {"other", 3}}));
  EXPECT_EQ(class_sizes(said, "z"), (Sizes{{"other", 6}, {"z", 3}}));
  EXPECT_EQ(class_sizes(said, "overlap75"), (Sizes{{"other", 3}, {"overlap75", 6}}));  // 2 shared, 2 alone
  EXPECT_EQ(io::read_anndata(folder_ / "l.h5ad").obs.numbers("overlap", "l")[0], 0.5);
  expect_refusal(folder_, "label train.conllu --overlap -o out.h5ad", 1,
                 "train.conllu: texts do not come in pairs");
}
TEST_F(CommandLabel, CommentsOfConlluLabelSentences) {
  write_text(folder_ / "c.conllu",
             "# newdoc id = web-1\n# sent_id = web-1-a\n1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n\n"
             "# sent_id = mail-2-b\n1\tb\tb\tX\t_\t_\t0\troot\t_\t_\n\n");
  const auto said = must_run(
      folder_,
      "label c.conllu --keep upos --comment 'genre=sent_id~^[a-z]+' --comment 'doc=newdoc id' -o l.h5ad");
  EXPECT_EQ(class_sizes(said, "genre"), (Sizes{{"mail", 1}, {"web", 1}}));
  EXPECT_EQ(class_sizes(said, "doc"), (Sizes{{"web-1", 2}}));
  expect_refusal(folder_, "label c.conllu --comment 'genre=sentid' -o out.h5ad", 1,
                 "no comment '# sentid = ...' (did you mean 'sent_id'?)");
  expect_refusal(folder_, "label c.conllu --comment 'genre=sent_id~^news' -o out.h5ad", 1,
                 "no comment '# sent_id = ...' has 'genre' in it (the first is 'web-1-a')");
}
TEST_F(CommandLabel, WordListsFoldCaseWhenAskedTo) {
  write_text(folder_ / "text.txt", "Good good bad\n");
  write_text(folder_ / "good.txt", "; a list\n\n good \n");
  EXPECT_EQ(class_sizes(must_run(folder_, "label text.txt --words g=good.txt -o a.h5ad"), "g"),
            (Sizes{{"g", 1}, {"other", 2}}));
  EXPECT_EQ(class_sizes(must_run(folder_, "label text.txt --words g=good.txt --ignore-case -o b.h5ad"), "g"),
            (Sizes{{"g", 2}, {"other", 1}}));
  write_text(folder_ / "none.txt", "; nothing\n");
  expect_refusal(folder_, "label text.txt --words g=none.txt -o out.h5ad", 1,
                 "none.txt: a list without words");
}
TEST_F(CommandLabel, RefusesWhatMakesNoConcept) {
  expect_refusal(folder_, "label train.conllu --regex 'x=^ZZZ$' -o out.h5ad", 1,
                 "no word has 'x' (regular expression ^ZZZ$); nothing can be learnt of an empty concept");
  expect_refusal(folder_, "label train.conllu --regex 'x=(' -o out.h5ad", 2,
                 "regular expression '(': U_REGEX_MISMATCHED_PAREN at character");
  expect_refusal(folder_, "label train.conllu --regex 'upos=^a' -o out.h5ad", 2,
                 "there are labels 'upos' already; give these another name");
  expect_refusal(folder_, "label train.conllu --where 'x=upos=' -o out.h5ad", 2,
                 "ends where a value should stand");
  expect_refusal(folder_, "label train.conllu --regex vowel -o out.h5ad", 2,
                 "--regex 'vowel': NAME=... is expected");
  expect_refusal(folder_, "label train.conllu --keep upso -o out.h5ad", 1,
                 "no labels 'upso' to keep (did you mean 'upos'?)");
  expect_refusal(folder_, "label train.conllu --feature supersense --wordnet nowhere -o out.h5ad", 1,
                 "no supersense: nowhere has no WordNet; install the package wordnet-base");
  write_text(folder_ / "one.txt", "a b\n");
  expect_refusal(folder_, "label one.txt -o out.h5ad", 2, "no labels asked for");
  expect_refusal(folder_, "label train.conllu --among 'upos=Q' --regex x=a -o out.h5ad", 1,
                 "no row is left by --among 'upos=Q'");
}
TEST_F(CommandLabel, CommandsThatReadTextTakeALabelFileOfIt) {
  // Words alone, so that what the label file says is said by nothing else.
  std::istringstream lines(read_text(folder_ / "dev.conllu"));
  std::string text;
  for (std::string line; std::getline(lines, line);)
    text += line.empty() ? "\n" : line.substr(2, line.find('\t', 2) - 2) + " ";
  write_text(folder_ / "dev.txt", text);
  must_run(folder_, "extract model train.conllu -o train.h5ad");
  must_run(folder_, "label dev.txt -o dev.labels.h5ad --regex 'V=^[a-m]' --feature length");
  must_run(folder_, "label train.conllu --keep feats.Number -o train.labels.h5ad --regex 'V=^[a-m]'");

  const auto kept = must_run(folder_, "extract model dev.txt --label-file dev.labels.h5ad -o dev.h5ad");
  const io::AnnData rows = io::read_anndata(folder_ / "dev.h5ad");
  EXPECT_EQ(rows.obs.strings("V", "x"), io::read_anndata(folder_ / "dev.labels.h5ad").obs.strings("V", "x"));
  EXPECT_EQ(rows.obs.strings("length", "x")[0].size(), 1U);

  must_run(
      folder_,
      "probe train.h5ad --labels train.labels.h5ad --label V --eval dev.h5ad --no-control -o v.probe.h5ad");
  must_run(folder_, "rank v.probe.h5ad -o v.rank.h5ad");
  const auto effects = must_run(folder_,
                                "ablate model dev.txt --label-file dev.labels.h5ad --ranking v.rank.h5ad "
                                "--probe v.probe.h5ad --top 5 -o a.h5ad");
  EXPECT_EQ(effects["sentences"], 60);
  expect_refusal(
      folder_, "ablate model dev.txt --ranking v.rank.h5ad --probe v.probe.h5ad --top 5 -o out.h5ad", 1,
      "no labels 'V', which v.probe.h5ad was trained on; labels of your own come with --label-file");
  expect_refusal(folder_, "extract model train.conllu --label-file dev.labels.h5ad -o out.h5ad", 1,
                 "dev.labels.h5ad: row 0 is 'm', word 0 of sentence 0; train.conllu:1 has 'aa' there");
  // Copies of its own annotation are passed over, other sets of a name that is taken are not.
  must_run(folder_, "extract model train.conllu --label-file train.labels.h5ad -o more.h5ad");
  must_run(folder_, "label dev.txt -o clash.h5ad --regex 'upos=^[a-m]'");
  expect_refusal(folder_, "extract model dev.conllu --label-file clash.h5ad -o out.h5ad", 1,
                 "clash.h5ad: dev.conllu has labels 'upos' already");
}
TEST_F(CommandLabel, AblationCountsTheWordsThatTheProbeWasAskedAbout) {
  extract();
  must_run(folder_, "label train.conllu --feature edge -o l.h5ad");
  must_run(folder_, "label dev.conllu --feature edge -o m.h5ad");
  must_run(folder_,
           "probe train.h5ad --labels l.h5ad --label edge --classes first,last --split-by upos --min-class 5 "
           "--eval dev.h5ad --eval-labels m.h5ad --no-control -o p.h5ad");
  must_run(folder_, "rank p.h5ad -o r.h5ad");
  must_run(folder_,
           "ablate model dev.conllu --label-file m.h5ad --ranking r.h5ad --probe p.h5ad --top 5 -o a.h5ad");
  const io::AnnData table = io::read_anndata(folder_ / "a.h5ad");
  const auto probe =
      must_run(folder_,
               "probe train.h5ad --labels l.h5ad --label edge --classes first,last --split-by upos "
               "--min-class 5 --eval dev.h5ad --eval-labels m.h5ad --no-control -o q.h5ad");
  EXPECT_EQ(table.obs.numbers("tokens", "a")[0], 120);  // two words of each of 60 sentences
  EXPECT_NEAR(table.obs.numbers("accuracy", "a")[0], probe["accuracy"].get<double>(), 1e-9);
}
TEST_F(CommandLabel, AmongLeavesOtherWordsWithoutALabel) {
  const auto said = must_run(folder_, "label train.conllu --among upos=V --regex 'vowel=^[aeiou]' -o l.h5ad");
  const auto all = must_run(folder_, "label train.conllu --keep upos --feature edge -o m.h5ad");
  const Sizes sizes = class_sizes(said, "vowel");
  EXPECT_EQ(sizes.at("vowel") + sizes.at("other"), class_sizes(all, "upos").at("V"));
}

/// What the options of concepts do to the rows of a probe.
class ConceptOfAProbe : public CommandLabel {
 protected:
  void SetUp() override {
    must_run(folder_, "extract model train.conllu -o train.h5ad");
    must_run(
        folder_,
        "label train.conllu -o l.h5ad --feature edge,capitals,length --where 'rare=upos=V and edge=first "
        "and feats.Number=Plur' ");
  }  // namespace
  nlohmann::json probe(const std::string& options) const {
    return must_run(folder_,
                    "probe train.h5ad --labels l.h5ad --no-control --no-sites --force -o p.h5ad " + options);
  }
  static Sizes sizes(const nlohmann::json& said) {
    Sizes out;
    for (const auto& row : said["class_sizes"]) out[row["class"]] = row["rows"];
    return out;
  }
};  // namespace neurox::testing

TEST_F(ConceptOfAProbe, TakesSomeClassesAndTheRestAsOne) {
  EXPECT_EQ(sizes(probe("--label edge")), (Sizes{{"first", 120}, {"last", 120}, {"middle", 240}}));
  const auto two = probe("--label edge --classes first,last");
  EXPECT_EQ(sizes(two), (Sizes{{"first", 120}, {"last", 120}}));
  EXPECT_EQ(two["rows of other classes"], 240);
  EXPECT_EQ(sizes(probe("--label edge --classes first --against elsewhere")),
            (Sizes{{"elsewhere", 360}, {"first", 120}}));
}
TEST_F(ConceptOfAProbe, SplitsClassesByAnotherLabel) {
  const auto said = probe("--label edge --split-by upos --classes first,last --min-class 1");
  const auto parts = sizes(said);
  EXPECT_EQ(said["label"], "edge|upos");
  EXPECT_EQ(parts.at("first|C") + parts.at("first|V"), 120);
  EXPECT_EQ(parts.at("last|C") + parts.at("last|V"), 120);
}
TEST_F(ConceptOfAProbe, BalancesBySeed) {
  const auto said = probe("--label edge --balance");
  EXPECT_EQ(sizes(said), (Sizes{{"first", 120}, {"last", 120}, {"middle", 120}}));
  EXPECT_EQ(said["rows left out to balance"], 120);
  const std::string bytes = sha256_file(folder_ / "p.h5ad");
  probe("--label edge --balance");
  EXPECT_EQ(sha256_file(folder_ / "p.h5ad"), bytes);
  probe("--label edge --balance --seed 5");
  EXPECT_NE(sha256_file(folder_ / "p.h5ad"), bytes);
}
TEST_F(ConceptOfAProbe, LeavesOutSmallClassesWithAWarningAndRefusesWhenOneIsLeft) {
  const auto fewer = probe("--label edge --split-by rare --min-class 60");
  EXPECT_THAT(fewer["warnings"][0].get<std::string>(),
              HasSubstr("classes of fewer than 60 rows are left out (--min-class): first|rare ("));
  expect_refusal(
      folder_, "probe train.h5ad --labels l.h5ad --label edge --min-class 200 -o out.h5ad", 1,
      "labels 'edge' have one class, 'middle'; two are needed; left out for having fewer than 200 rows: "
      "first (120), last (120)");
}
TEST_F(ConceptOfAProbe, RefusesNumbersAndClassesThatAreNotThere) {
  expect_refusal(folder_, "probe train.h5ad --labels l.h5ad --label length -o out.h5ad", 1,
                 "label 'length' holds numbers, but classes are needed");
  expect_refusal(folder_, "probe train.h5ad --labels l.h5ad --label edge --classes frist,last -o out.h5ad", 1,
                 "labels 'edge' have no class 'frist' (did you mean 'first'?)");
  expect_refusal(folder_, "probe train.h5ad --labels l.h5ad --label edge --against x -o out.h5ad", 2,
                 "the rest can be one class 'x' only where classes are chosen");
  expect_refusal(folder_, "probe train.h5ad --eval-labels l.h5ad --label upos -o out.h5ad", 2,
                 "--eval-labels without --eval");
}

}  // namespace
}  // namespace neurox::testing
