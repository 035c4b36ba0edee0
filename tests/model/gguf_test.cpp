#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "neurox/core/gguf_file.h"
#include "neurox/model/gguf_blocks.h"
#include "neurox/model/gguf_weights.h"
#include "tiny_models.h"

/// GGUF files (scripts/fixtures/gguf_files.py) against the folders whose weights they hold.
namespace neurox::model {
namespace {

using testing::reference_batch, testing::refusal, testing::relative, testing::TempFolder;

std::filesystem::path gguf(const std::string& name) {
  return std::filesystem::path(NEUROX_TESTDATA) / "gguf" / (name + ".gguf");
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Gguf, EveryTypeOfNumbersEqualsThePackageThatWritesThem) {
  const GgufFile file = GgufFile::open(gguf("types"));
  const std::string bytes = bytes_of(gguf("types"));
  int seen = 0;
  for (const auto& [name, tensor] : file.tensors()) {
    if (name.ends_with(".expanded")) continue;
    const GgufType* type = find_gguf_type(tensor.type);
    ASSERT_NE(type, nullptr) << name;
    EXPECT_EQ(type->name, name);
    const GgufFile::Tensor& expected = file.tensors().at(name + ".expanded");
    const std::int64_t numbers = expected.shape[0] * expected.shape[1];
    std::vector<float> found(static_cast<std::size_t>(numbers)), wanted(found.size());
    std::memcpy(wanted.data(), bytes.data() + expected.begin, wanted.size() * sizeof(float));
    const auto* data = reinterpret_cast<const std::byte*>(bytes.data()) + tensor.begin;
    for (std::int64_t i = 0; i < numbers / type->count; ++i)
      type->expand(data + i * type->bytes, found.data() + i * type->count);
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], wanted[i], 1e-6 * (1 + std::abs(wanted[i]))) << name << " " << i;
    ++seen;
  }
  EXPECT_EQ(seen, 11);
}

TEST(Gguf, TheSameModelAsItsFolder) {
  for (const std::string name : {"llama-lm", "qwen2-lm", "qwen3-lm", "gemma-lm"}) {
    SCOPED_TRACE(name);
    const Batch batch = reference_batch(name);
    const Model read = Model::load(gguf(name));
    const torch::Tensor hidden = read.forward(batch);
    EXPECT_LE(relative(hidden, testing::reference(name).tensor("hidden_2")), 1e-5);
    EXPECT_LE(relative(read.lm_logits(hidden), testing::reference(name).tensor("logits")), 1e-5);
    EXPECT_EQ(read.sites(), testing::tiny(name).sites());
    EXPECT_EQ(read.fingerprint().size(), 64U);
  }
}

TEST(Gguf, GemmasThatDoNotStoreAllTheirSettingsEqualFoldersWithTheUsualOnes) {
  for (const std::string name : {"gemma2-lm", "gemma3-lm"}) {
    const TempFolder folder;
    testing::write_variant(folder.path(), name, [](testing::Tensors&) {});
    auto config = nlohmann::json::parse(std::ifstream(testing::tiny_folder(name) / "config.json"));
    config["query_pre_attn_scalar"] = config["head_dim"];
    config.erase("layer_types");
    config.erase("_sliding_window_pattern");
    testing::write_bytes(folder / "config.json", config.dump());
    const Batch batch = reference_batch(name);
    EXPECT_LE(relative(Model::load(gguf(name)).forward(batch), Model::load(folder.path()).forward(batch)),
              1e-6)
        << name;
  }
}

TEST(Gguf, RefusesWhatItCannotLoad) {
  const TempFolder folder;
  const auto file = folder / "x.gguf";
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string bytes = bytes_of(gguf("llama-lm"));
    for (std::size_t at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at + to.size()))
      bytes.replace(at, from.size(), to);
    testing::write_bytes(file, bytes);
    return refusal([&] { Model::load(file); });
  };
  const std::string place = file.string();
  EXPECT_EQ(changed("llama", "lamma"),
            place +
                ": architecture 'lamma' is not supported; supported in GGUF files are "
                "gemma, gemma2, gemma3, llama, qwen2, qwen3");
  EXPECT_EQ(
      changed("blk.0.attn_q.weight", "blk.0.attn_x.weight"),
      place +
          ": 2 tensors do not fit its metadata: blk.0.attn_q.weight missing; blk.0.attn_x.weight unknown");
  EXPECT_EQ(changed("llama.block_count", "llama.block_kount"), place + ": no llama.block_count");
  const std::string bytes = bytes_of(gguf("llama-lm"));
  testing::write_bytes(file, bytes.substr(0, bytes.size() - 3000));
  EXPECT_NE(refusal([&] { Model::load(file); }).find("goes beyond the end; is the file complete?"),
            std::string::npos);
  EXPECT_EQ(gguf_type_name(10), "Q2_K");
  EXPECT_EQ(gguf_type_name(99), "type 99");
  EXPECT_EQ(find_gguf_type(10), nullptr);
}

}  // namespace
}  // namespace neurox::model
