#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "apps/program.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/anndata.h"
#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"

namespace neurox::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Two sets of a base and two changes, one sentence alone, and activations of the last block.
class MinimalSets : public TempFolder {
 public:
  MinimalSets() {
    tiny_model(*this);
    write_text(*this / "s.tsv",
               "text\tset\tadded\tkind\n"
               "a b c\t1\tnone\tx\n"
               "a b z c\t1\tnot\tx\n"
               "a b c q r\t1\tlot\tx\n"
               "d e z c\t2\tnot\ty\n"
               "d e c\t2\tnone\ty\n"
               "d e c q r\t2\tlot\ty\n"
               "f g\t\tnone\ty\n");
    must_run(*this, "extract model s.tsv -o s.h5ad --sites mlp_post@1");
  }
};

/// Of rows that are no special tokens: what the file holds, by sentence and place in it.
std::map<std::pair<int, int>, float> by_place(const io::ActivationReader& file, std::int64_t neuron) {
  MatrixF X(file.rows(), file.cols());
  file.read(0, X);
  const auto sentence = file.obs().numbers("sentence", "");
  const auto status = file.obs().strings("status", "");
  std::map<int, int> next;
  std::map<std::pair<int, int>, float> out;
  for (Index r = 0; r < X.rows(); ++r)
    if (const int s = static_cast<int>(sentence[static_cast<std::size_t>(r)]);
        status[static_cast<std::size_t>(r)] != "special")
      out[{s, next[s]++}] = X(r, neuron);
  return out;
}

nlohmann::json row_at(const nlohmann::json& rows, const std::string& condition, double position) {
  for (const auto& row : rows)
    if (row["condition"] == condition && std::abs(row["position"].get<double>() - position) < 1e-9)
      return row;
  ADD_FAILURE() << "nothing at " << position << " of " << condition;
  return {};
}

TEST(ViewCourse, MeansByConditionAndPositionAreThoseOfTheSentences) {
  const MinimalSets folder;
  const auto said = must_run(folder, "view s.h5ad mlp_post@1:3 --course --by kind");
  const auto file = io::ActivationReader::open(folder / "s.h5ad");
  auto x = by_place(*file, 3);
  // kind x: sentences 0, 1, 2; at position 2 `c`, `z`, `c`
  const double a = x[{0, 2}], b = x[{1, 2}], c = x[{2, 2}], mean = (a + b + c) / 3;
  const auto row = row_at(said["courses"], "x", 2);
  EXPECT_NEAR(row["mean"].get<double>(), mean, 1e-12);
  const double squares = std::pow(a - mean, 2) + std::pow(b - mean, 2) + std::pow(c - mean, 2);
  EXPECT_NEAR(row["sd"].get<double>(), std::sqrt(squares / 2), 1e-12);
  EXPECT_NEAR(row["standard_error"].get<double>(), std::sqrt(squares / 6), 1e-12);
  EXPECT_EQ(row["word"], "c");
  EXPECT_NEAR(row["word_share"].get<double>(), 2.0 / 3, 1e-12);
  EXPECT_EQ(row["sentences"], 3);
  EXPECT_EQ(row_at(said["courses"], "y", 0)["sentences"], 4);
  // from the end: 0 is the last word
  const auto end = must_run(folder, "view s.h5ad mlp_post@1:3 --course --align end");
  EXPECT_EQ(row_at(end["courses"], "all", 0)["sentences"], 7);
  EXPECT_NEAR(row_at(end["courses"], "all", -4)["mean"].get<double>(), (x[{2, 0}] + x[{5, 0}]) / 2, 1e-7);
}
TEST(ViewCourse, AnAddedWordIsSetBesideTheBaseWordByWord) {
  const MinimalSets folder;
  const auto said = must_run(
      folder, "view s.h5ad mlp_post@1:3 --course --by added --base none --sets set --reference 0.01");
  const auto file = io::ActivationReader::open(folder / "s.h5ad");
  auto x = by_place(*file, 3);
  EXPECT_THAT(said["warnings"], ElementsAre("sentences left out, in no set: 1"));
  // `c` is word 2 of the bases 0 and 4, word 3 of `not`, 1 and 3
  const double base0 = x[{0, 2}], base1 = x[{4, 2}], with0 = x[{1, 3}], with1 = x[{3, 3}];
  const auto row = row_at(said["changes"], "not", 2);
  EXPECT_EQ(row["word"], "c");
  EXPECT_EQ(row["compared"], 2);
  EXPECT_NEAR(row["base"].get<double>(), (base0 + base1) / 2, 1e-9);
  EXPECT_NEAR(row["difference"].get<double>(), (with0 - base0 + with1 - base1) / 2, 1e-9);
  int flips = 0, strengthens = 0;
  for (const auto& [b, w] : {std::pair{base0, with0}, std::pair{base1, with1}}) {
    const bool flip = (b - .01) * (w - .01) < 0;
    flips += flip ? 1 : 0;
    strengthens += !flip && std::abs(w - .01) > std::abs(b - .01) ? 1 : 0;
  }
  EXPECT_EQ(row["flips"].get<double>(), flips / 2.0);
  EXPECT_EQ(row["strengthens"].get<double>(), strengthens / 2.0);
  EXPECT_EQ(row_at(said["courses"], "not", 1.5)["word"], "z");
  EXPECT_EQ(row_at(said["courses"], "lot", 2.666667)["word"], "r");
  EXPECT_EQ(said["courses"][0]["condition"], "none");
}
TEST(ViewCourse, ThePlaceOfTheAddedWordMayBeZero) {
  const MinimalSets folder;
  const auto said =
      must_run(folder, "view s.h5ad mlp_post@1:3 --course --by added --base none --sets set --align added");
  EXPECT_EQ(row_at(said["courses"], "not", 0)["word"], "c");
  EXPECT_EQ(row_at(said["courses"], "not", -.5)["word"], "z");
  EXPECT_EQ(row_at(said["courses"], "none of not", 0)["word"], "c");
  EXPECT_EQ(row_at(said["courses"], "none of lot", -1)["word"], "c");  // nothing stands behind `q r`
}
TEST(ViewCourse, AConditionOnWordsIsZeroAtTheFirstOrAtEachWordThatMeetsIt) {
  const TempFolder folder;
  tiny_model(folder);
  write_text(folder / "t.txt", "a q b q c\nq d\ne f\n");
  must_run(folder, "extract model t.txt -o t.h5ad --sites resid_post@1");
  auto said = must_run(folder, "view t.h5ad resid_post@1:0 --course --align 'token=q'");
  EXPECT_EQ(row_at(said["courses"], "all", 0)["sentences"], 2);
  EXPECT_EQ(row_at(said["courses"], "all", 3)["word"], "c");
  EXPECT_THAT(said["warnings"], ElementsAre("sentences left out, no word meets the condition: 1"));
  said = must_run(folder, "view t.h5ad resid_post@1:0 --course --align 'token=q' --each --window -1:1");
  EXPECT_EQ(row_at(said["courses"], "all", 0)["sentences"], 3);
  EXPECT_EQ(row_at(said["courses"], "all", -1)["sentences"], 2);
  EXPECT_EQ(said["courses"].size(), 3U);
  // a stretch of words that meet it is one occurrence, however long
  write_text(folder / "u.txt", "a q q b q\n");
  must_run(folder, "extract model u.txt -o u.h5ad --sites resid_post@1");
  said = must_run(folder, "view u.h5ad resid_post@1:0 --course --align 'token=q' --each --window 0:1");
  EXPECT_EQ(row_at(said["courses"], "all", 0)["sentences"], 2);
  EXPECT_EQ(row_at(said["courses"], "all", 1)["sentences"], 1);
}
TEST(ViewCourse, ABaseBesideItselfChangesNothing) {
  const TempFolder folder;
  tiny_model(folder);
  write_text(folder / "s.tsv",
             "text\tset\tv\na b\t1\tbase\na b\t1\tagain\nc d e\t2\tagain\nc d e\t2\tbase\n");
  must_run(folder, "extract model s.tsv -o s.h5ad --sites mlp_post@0");
  const auto said = must_run(folder, "view s.h5ad mlp_post@0:0-9 --course --by v --base base --sets set");
  ASSERT_EQ(said["changes"].size(), 30U);
  for (const auto& row : said["changes"])
    for (const char* name : {"difference", "strengthens", "weakens", "flips"})
      EXPECT_EQ(row[name], 0.0) << row;
}
TEST(ViewCourse, TheFileHoldsWhatWasShownAndAReportDrawsIt) {
  const MinimalSets folder;
  const auto said = must_run(
      folder, "view s.h5ad mlp_post@1:3,mlp_post@1:5 --course --by added --base none --sets set -o c.h5ad");
  const io::AnnData data = io::read_anndata(folder / "c.h5ad");
  EXPECT_EQ(io::provenance(data.uns).kind, "course");
  ASSERT_EQ(data.X->cols(), 2);
  EXPECT_EQ(data.X->rows() * 2, static_cast<Index>(said["courses"].size()));
  for (Index r = 0; r < data.X->rows(); ++r) {
    EXPECT_FLOAT_EQ((*data.X)(r, 0), said["courses"][static_cast<std::size_t>(r)]["mean"].get<float>());
    EXPECT_FLOAT_EQ((*data.X)(r, 1),
                    said["courses"][static_cast<std::size_t>(r + data.X->rows())]["mean"].get<float>());
  }
  const ReportData report = load_report({folder / "c.h5ad"}, {});
  ASSERT_EQ(report.methods.courses.size(), 1U);
  const CourseCurves& found = report.methods.courses[0];
  ASSERT_EQ(found.units.size(), 2U);
  EXPECT_EQ(found.units[0].address, "blocks.1.mlp.hook_post:3");
  ASSERT_EQ(found.units[0].lines.size(), 3U);
  EXPECT_EQ(found.units[0].lines[0].condition, "none");  // the base first
  const std::string page = render_page(report);
  EXPECT_THAT(page, HasSubstr("Neurons over sentences"));
  EXPECT_THAT(page, HasSubstr("blocks.1.mlp.hook_post:5 over sentences, c.h5ad"));
  expect_refusal(folder, "view s.h5ad mlp_post@1:3 --course -o c.h5ad", 1, "c.h5ad: exists");
}
TEST(ViewCourse, TextHasALineForEachConditionAndTheSpread) {
  const MinimalSets folder;
  const Outcome shown =
      run_neurox(folder, "view s.h5ad mlp_post@1:3 --course --by added --base none --sets set");
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("blocks.1.mlp.hook_post:3 (reference "));
  EXPECT_THAT(shown.out, HasSubstr(" ± "));
  EXPECT_THAT(shown.out, HasSubstr("█"));
  EXPECT_THAT(shown.out, HasSubstr("flips"));
}
TEST(ViewCourse, WhatCannotBeAlignedIsRefused) {
  const MinimalSets folder;
  const std::string view = "view s.h5ad mlp_post@1:3 --course ";
  expect_refusal(folder, view + "--by nonesuch", 1, "no labels 'nonesuch'");
  expect_refusal(folder, view + "--by added --base nine --sets set", 1,
                 "no sentence has the label added=nine");
  expect_refusal(folder, view + "--by added --base none", 2, "--base none: goes with --by LABEL");
  expect_refusal(folder, view + "--sets set", 2, "--sets set: goes with --base VALUE");
  expect_refusal(folder, view + "--align added", 2, "--align added: goes with --base VALUE");
  expect_refusal(folder, view + "--each", 2, "--each: goes with --align CONDITION");
  expect_refusal(folder, view + "--each --align 'token=c'", 2, "--each: goes with --window FROM:TO");
  expect_refusal(folder, view + "--window 3", 2, "--window '3': FROM:TO is expected");
  expect_refusal(folder, view + "--window 3:2", 2, "--window 3:2: holds no position");
  expect_refusal(folder, view + "--window 90:99", 1, "no sentence is left");
  expect_refusal(folder, view + "--by added --base none --sets kind", 1,
                 "sentences 4 and 6 are both none in set y; a set has one base");
  expect_refusal(folder, view + "--reference nonesuch.h5ad", 1, "nonesuch.h5ad");
  expect_refusal(folder, "view s.h5ad mlp_post@1:3 --by added", 2, "go with --course");
  expect_refusal(folder, "view s.h5ad --kinds --course", 2, "--course and --kinds are two views");
  must_run(folder, "extract model s.tsv -o t.h5ad --sites mlp_post@1 --unit sentence");
  expect_refusal(folder, "view t.h5ad mlp_post@1:3 --course", 1, "its rows are sentences");
  write_text(folder / "w.conllu", "1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n2\tb\tb\tY\t_\t_\t1\tdep\t_\t_\n\n");
  must_run(folder, "extract model w.conllu -o w.h5ad --sites mlp_post@1");
  expect_refusal(folder, "view w.h5ad mlp_post@1:3 --course --by upos", 1,
                 "sentence 0 has labels 'upos' of two kinds, X and Y");
}

}  // namespace
}  // namespace neurox::testing
