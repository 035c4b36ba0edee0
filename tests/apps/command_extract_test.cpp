#include <gmock/gmock.h>

#include <fstream>

#include "apps/program.h"
#include "neurox/core/hash.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

TEST(CommandExtract, SaysWhatItWroteAndTheBytesAreTheSameAgain) {
  const PipelineFolder folder;
  const auto said = must_run(folder, "extract model train.conllu -o a.h5ad --sites resid_post,mlp_post@1");
  EXPECT_EQ(said["sentences"], 120);
  EXPECT_EQ(said["rows"], 480);
  EXPECT_EQ(said["neurons"], 24 + 24 + 40);
  const std::string first = sha256_file(folder / "a.h5ad");
  must_run(folder, "extract model train.conllu -o a.h5ad --sites resid_post,mlp_post@1 --force");
  EXPECT_EQ(sha256_file(folder / "a.h5ad"), first);
}
TEST(CommandExtract, ReadsStandardInputAndCompressedText) {
  const PipelineFolder folder;
  write_text(folder / "t.txt", "ab c\nd e f\n");
  ASSERT_EQ(std::system(("gzip -k '" + (folder / "t.txt").string() + "'").c_str()), 0);
  EXPECT_EQ(must_run(folder, "extract model t.txt.gz -o a.h5ad")["rows"], 5);
  const Outcome piped = run_neurox(folder, "extract model - -o b.h5ad --json < /dev/null");
  EXPECT_EQ(piped.code, 1);
  EXPECT_THAT(piped.err, HasSubstr("no sentences"));
}
TEST(CommandExtract, AnExistingOutputIsKeptUnlessForced) {
  const PipelineFolder folder;
  write_text(folder / "kept.h5ad", "mine");
  const Outcome outcome = run_neurox(folder, "extract model train.conllu -o kept.h5ad");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("kept.h5ad: exists; give --force to replace it"));
  EXPECT_EQ(read_text(folder / "kept.h5ad"), "mine");
}
TEST(CommandExtract, AnOutputEqualToAnInputIsRefusedEvenByAnotherName) {
  const PipelineFolder folder;
  std::filesystem::create_symlink(folder / "train.conllu", folder / "link.conllu");
  const std::string before = read_text(folder / "train.conllu");
  for (const char* name : {"train.conllu", "./model/../train.conllu", "link.conllu"}) {
    const Outcome outcome = run_neurox(folder, std::string("extract model train.conllu --force -o ") + name);
    EXPECT_EQ(outcome.code, 1) << name;
    EXPECT_THAT(outcome.err, HasSubstr("input")) << name;
  }
  EXPECT_EQ(read_text(folder / "train.conllu"), before);
}
TEST(CommandExtract, AnEmptyCorpusIsRefused) {
  const PipelineFolder folder;
  write_text(folder / "empty.txt", "\n\n");
  expect_refusal(folder, "extract model empty.txt -o out.h5ad", 1, "empty.txt: no sentences");
}
TEST(CommandExtract, InvalidUtf8IsNamedByLineAndByte) {
  const PipelineFolder folder;
  write_text(folder / "bad.txt", "good\nbad \xFF here\n");
  expect_refusal(folder, "extract model bad.txt -o out.h5ad", 1, "bad.txt:2: invalid UTF-8 at byte");
}
TEST(CommandExtract, LabelsThatDoNotMatchTheWordsAreNamedByLine) {
  const PipelineFolder folder;
  write_text(folder / "p.word", "a b c\nd e\n");
  write_text(folder / "p.label", "X Y Z\nX Y Z\n");
  expect_refusal(folder, "extract model p.word -o out.h5ad", 1, "p.label:2: ");
}
TEST(CommandExtract, AMisspeltSiteIsAnsweredWithTheNearest) {
  const PipelineFolder folder;
  expect_refusal(folder, "extract model train.conllu -o out.h5ad --sites resid_pots", 2,
                 "did you mean 'resid_post'?");
}
TEST(CommandExtract, ATruncatedAndALyingHeaderAreRefused) {
  const PipelineFolder folder;
  const std::string weights = read_text(folder / "model/model.safetensors");
  write_text(folder / "model/model.safetensors", weights.substr(0, weights.size() / 2));
  expect_refusal(folder, "extract model train.conllu -o out.h5ad", 1, "model.safetensors");
  std::string lying = weights;
  lying[0] = '\xFF';
  lying[5] = '\x7F';
  write_text(folder / "model/model.safetensors", lying);
  expect_refusal(folder, "extract model train.conllu -o out.h5ad", 1, "model.safetensors");
}
TEST(CommandExtract, AnUnknownModelTypeIsAnsweredWithTheNearest) {
  const PipelineFolder folder;
  std::string config = read_text(folder / "model/config.json");
  config.replace(config.find("\"bert\""), 6, "\"brt\"");
  write_text(folder / "model/config.json", config);
  expect_refusal(folder, "extract model train.conllu -o out.h5ad", 1, "bert");
}
TEST(CommandExtract, ATokenizerOfAnotherModelIsRefused) {
  const PipelineFolder folder;
  std::ofstream(folder / "model/vocab.txt", std::ios::app) << "more\nwords\n";
  expect_refusal(folder, "extract model train.conllu -o out.h5ad", 1,
                 "the tokenizer has 63 ids but the model embeds 61");
}
TEST(CommandExtract, AnUnwritableFolderIsRefused) {
  const PipelineFolder folder;
  expect_refusal(folder, "extract model train.conllu -o nowhere/out.h5ad", 1, "nowhere", "nowhere/out.h5ad");
  expect_refusal(folder, "extract model train.conllu -o /proc/out.h5ad", 1, "/proc");
}
TEST(CommandExtract, AFullDiskIsOneLineAndLeavesNothing) {
  const PipelineFolder folder;
  // A limit on the size of files stands for the disk: writing fails in the same places.
  const std::string command = "cd '" + folder.path().string() +
                              "' && (ulimit -f 8; trap '' XFSZ; '" NEUROX_BINARY
                              "' extract model train.conllu -o out.h5ad >out.txt 2>err.txt)";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
  EXPECT_THAT(read_text(folder / "err.txt"), HasSubstr("out.h5ad"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out.h5ad"));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    EXPECT_EQ(entry.path().string().find(".partial"), std::string::npos) << entry.path();
}

}  // namespace
}  // namespace neurox::testing
