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

TEST(GgufFile, JoinsThePartsOfOneThatWasSplit) {
  const GgufFile whole = GgufFile::open(stored("llama-lm.gguf"));
  const GgufFile parts = GgufFile::open(stored("split-00001-of-00003.gguf"));
  EXPECT_EQ(parts.file(), stored("split-00001-of-00003.gguf"));
  EXPECT_EQ(parts.files().size(), 3U);
  EXPECT_EQ(parts.text("general.architecture"), "llama");
  ASSERT_EQ(parts.tensors().size(), whole.tensors().size());
  std::vector<int> held(3);
  for (const auto& [name, tensor] : whole.tensors()) {
    EXPECT_EQ(parts.tensors().at(name).shape, tensor.shape) << name;
    ++held.at(parts.tensors().at(name).part);
  }
  EXPECT_EQ(held, (std::vector{8, 8, 5}));
}

TEST(GgufFile, RefusesPartsThatAreMissingOrNotTheFirst) {
  const std::string there = stored("split-00001-of-00003.gguf").string();
  EXPECT_EQ(refusal([&] { GgufFile::open(stored("split-00002-of-00003.gguf")); }),
            stored("split-00002-of-00003.gguf").string() +
                ": part 2 of 3 of a model that was split; give the first part, " + there);
  const TempFolder folder;
  const auto part = [&](int n) { return folder / fmt::format("m-0000{}-of-00003.gguf", n); };
  const auto copy = [&](int from, const std::filesystem::path& to) {
    std::filesystem::copy_file(stored(fmt::format("split-0000{}-of-00003.gguf", from)), to,
                               std::filesystem::copy_options::overwrite_existing);
  };
  const auto ask = [](const std::filesystem::path& file) { return refusal([&] { GgufFile::open(file); }); };
  copy(1, part(1)), copy(2, part(2));
  EXPECT_EQ(ask(part(1)), part(1).string() + ": part 3 of 3 is missing: no m-00003-of-00003.gguf beside it");
  copy(2, part(3));
  EXPECT_EQ(ask(part(1)),
            part(3).string() + ": split.no 1 and split.count 3, where 2 and 3 are expected by its name");
  copy(1, folder / "m.gguf");
  EXPECT_EQ(
      ask(folder / "m.gguf"),
      (folder / "m.gguf").string() +
          ": part 1 of 3 of a model that was split, whose name does not end in -00001-of-00003.gguf, by "
          "which the others are found; give the parts their names back");
  copy(3, folder / "n.gguf");
  EXPECT_EQ(ask(folder / "n.gguf"),
            (folder / "n.gguf").string() + ": part 3 of 3 of a model that was split; give the first part");
  const auto edit = [](const std::filesystem::path& file, const auto& change) {
    std::ifstream in(file, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), {});
    change(bytes);
    std::ofstream(file, std::ios::binary) << bytes;
  };
  copy(3, part(3));
  edit(part(3), [](std::string& bytes) { bytes[bytes.find("blk.1.attn_q.weight") + 4] = '0'; });
  EXPECT_EQ(ask(part(1)), part(3).string() + ": blk.0.attn_q.weight is in another part too");
  copy(3, part(3));
  const std::string key = "split.tensors.count";
  edit(part(1), [&](std::string& bytes) { ++bytes[bytes.find(key) + key.size() + 4]; });
  EXPECT_EQ(ask(part(1)),
            part(1).string() +
                ": its 3 parts hold 21 tensors, but split.tensors.count is 22; are they one model's?");
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
