#include "neurox/core/gguf_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support.h"

namespace neurox {
namespace {

using testing::refusal, testing::TempFolder;

std::filesystem::path stored(const std::string& name) {
  return std::filesystem::path(NEUROX_TESTDATA) / "gguf" / name;
}

TEST(GgufFile, ReadsWhatAFileSaysAboutItself) {
  const GgufFile file = GgufFile::open(stored("llama-lm.gguf"));
  EXPECT_EQ(file.text("general.architecture"), "llama");
  EXPECT_EQ(file.integer("llama.block_count"), 2);
  EXPECT_NEAR(file.number_or("llama.attention.layer_norm_rms_epsilon", 0), 1e-6, 1e-12);
  EXPECT_EQ(file.texts("tokenizer.ggml.tokens").size(), 61U);
  EXPECT_EQ(file.numbers("tokenizer.ggml.scores")[2], -2);
  EXPECT_EQ(file.integers("tokenizer.ggml.token_type")[1], 3);
  EXPECT_EQ(file.integer_or("none", 5), 5);
  EXPECT_EQ(file.tensors().at("token_embd.weight").shape, (std::vector<std::int64_t>{61, 24}));
  EXPECT_EQ(file.tensors().at("token_embd.weight").begin % 32, 0U);
}

TEST(GgufFile, RefusesWhatIsMissingOrOfAnotherKind) {
  const GgufFile file = GgufFile::open(stored("llama-lm.gguf"));
  const std::string place = file.file().string();
  EXPECT_EQ(refusal([&] { file.integer("none"); }), place + ": no none");
  EXPECT_EQ(refusal([&] { file.integer("general.architecture"); }),
            place + ": general.architecture is no integer");
}

TEST(GgufFile, RefusesBrokenFiles) {
  const TempFolder folder;
  const auto file = folder / "x.gguf";
  const auto ask = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
    return refusal([&] { GgufFile::open(file); });
  };
  std::ifstream in(stored("llama-lm.gguf"), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  const std::string place = file.string();
  EXPECT_EQ(ask("GGML1234"), place + ": no GGUF file");
  std::string changed = whole;
  changed[4] = 9;
  EXPECT_EQ(ask(changed), place + ": GGUF of version 9 is not supported, only 2 and 3");
  for (const std::size_t length : {6U, 20U, 100U, 1500U})
    EXPECT_NE(ask(whole.substr(0, length)).find(": breaks off at byte "), std::string::npos) << length;
  changed = whole;
  changed[15] = 127;  // a number of tensors beyond the file
  EXPECT_NE(ask(changed).find(": breaks off at byte "), std::string::npos);
}

}  // namespace
}  // namespace neurox
