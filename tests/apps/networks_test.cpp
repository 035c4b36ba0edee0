#include <gmock/gmock.h>

#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

/// Commands on recurrent and convolutional networks and on word vectors, as docs/networks.md has them.
namespace neurox::testing {
namespace {

class NetworkFolder : public TempFolder {
 public:
  explicit NetworkFolder(const std::string& name) {
    const std::filesystem::path source = std::filesystem::path(NEUROX_TESTDATA) / "networks";
    std::filesystem::copy(source / name, *this / "m", std::filesystem::copy_options::recursive);
    write_text(*this / "some.csv", "text,label\nThe film a very fun.,1\ndull film,0\nnot a good film,0\n");
    write_text(*this / "pairs.tsv", "premise\thypothesis\tlabel\nThe film a very fun.\tgood film\t1\n");
    write_text(*this / "letters.txt", "abba cage\nhead a\n");
  }
};

std::string category(const io::AnnData& data, const std::string& column, std::size_t row) {
  const io::Categorical c = data.obs.categories(column, "x.h5ad");
  return c.categories[static_cast<std::size_t>(c.codes[row])];
}

TEST(NetworkCommands, InfoTellsCellTaskAndSites) {
  const auto said = must_run(NetworkFolder("lstm-tagger"), "info m");
  EXPECT_EQ(said["model type"], "lstm");
  EXPECT_EQ(said["output"], "classes of each word");
  ASSERT_EQ(said["sites"].size(), 25U);
  EXPECT_EQ(said["sites"][5]["site"], "rnn.0.hook_c");
  EXPECT_EQ(said["sites"][12]["site"], "rnn.0.reverse.hook_h");
}
TEST(NetworkCommands, ExtractGivesEachCharactersGates) {
  const NetworkFolder folder("lstm-lm");
  const std::string command =
      "extract m letters.txt --unit token --sites rnn.0.hook_c,rnn.1.hook_f -o x.h5ad";
  must_run(folder, command);
  const io::AnnData data = io::read_anndata(folder / "x.h5ad");
  EXPECT_EQ(data.X->rows(), 15);
  EXPECT_EQ(data.X->cols(), 12);
  EXPECT_EQ(category(data, "token", 4), " ");
  const std::string bytes = sha256_file(folder / "x.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "x.h5ad"), bytes);
}
TEST(NetworkCommands, AblateScoresClassesTagsAndLikelihoods) {
  const NetworkFolder cnn("cnn-text"), letters("lstm-lm"), pair("lstm-pair");
  must_run(
      cnn,
      "attribute m some.csv --method conductance --sites hidden.hook_post,windows.1.hook_post -o n.h5ad");
  EXPECT_EQ(must_run(cnn, "ablate m some.csv --ranking n.h5ad --top 2 --random 2 -o e.h5ad")["conditions"],
            4);
  must_run(letters, "ablate m letters.txt --neurons rnn.0.hook_f:0-2 -o e.h5ad");
  must_run(pair,
           "ablate m pairs.tsv --text-column premise --pair-column hypothesis --neurons "
           "rnn.0.reverse.hook_c:0-2 -o e.h5ad");
}
TEST(NetworkCommands, AttributeTakesWordsApartByTheLayers) {
  const NetworkFolder cnn("cnn-text"), pair("lstm-pair"), letters("lstm-lm");
  const auto words = must_run(
      cnn, "attribute m some.csv --target gold --method lrp,contextual-decomposition,shapley -o w.h5ad");
  EXPECT_EQ(words["sentences"], 3);
  EXPECT_LT(std::abs(words["examples"][0]["delta"].get<double>()), 1e-5);
  must_run(cnn, "attribute m some.csv --method agglomerative -o t.h5ad");
  must_run(pair,
           "attribute m pairs.tsv --text-column premise --pair-column hypothesis --method agglomerative -o "
           "t.h5ad");
  must_run(
      letters,
      "attribute m letters.txt --target next=a --baseline zero --method contextual-decomposition -o c.h5ad");
  const auto units = must_run(letters,
                              "attribute m letters.txt --target next=a --baseline zero --method conductance "
                              "--sites rnn.0.hook_h -o u.h5ad");
  EXPECT_EQ(units["sites"][0]["site"], "rnn.0.hook_h");
}
TEST(NetworkCommands, WordVectorsAreExtractedWithUnknownWordsFlagged) {
  const NetworkFolder folder("cnn-text");
  write_text(folder / "v.vec", "3 2\nthe 1 2\nfilm 3 4\na 5 6\n");
  must_run(folder, "extract v.vec some.csv -o x.h5ad");
  const io::AnnData data = io::read_anndata(folder / "x.h5ad");
  EXPECT_EQ(data.X->cols(), 2);
  ASSERT_EQ(data.X->rows(), 11);
  EXPECT_EQ(category(data, "status", 0), "ok");
  EXPECT_EQ(category(data, "status", 3), "unk");
  EXPECT_EQ(must_run(folder, "info v.vec")["output"], "none");
}
TEST(NetworkCommands, WhatCannotBeDoneIsRefusedInOneLine) {
  const NetworkFolder folder("lstm-lm");
  expect_refusal(folder, "extract m letters.txt --sites rnn.0.hook_x -o out.h5ad", 2,
                 "did you mean 'rnn.0.hook_");
  write_text(folder / "v.vec", "3 2\nthe 1 2\nfilm 3\na 5 6\n");
  expect_refusal(folder, "extract v.vec letters.txt -o out.h5ad", 1,
                 "v.vec:3: 2 fields where a word and 2 numbers");
}

}  // namespace
}  // namespace neurox::testing
