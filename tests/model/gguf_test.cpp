#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "neurox/core/gguf_file.h"
#include "neurox/model/gguf_blocks.h"
#include "neurox/model/gguf_rotary.h"
#include "neurox/model/gguf_weights.h"
#include "neurox/model/one_position.h"
#include "neurox/model/stop_tokens.h"
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

TEST(Gguf, FrequencyFactorsOfLlama3AndYarnTurnAsTransformersDoes) {
  const Model llama = Model::load(gguf("llama-tied-lm"));
  const torch::Tensor hidden = llama.forward(reference_batch("llama-tied-lm"));
  const SafeTensors stored = testing::reference("llama-tied-lm");
  EXPECT_LE(relative(hidden, stored.tensor("hidden_2")), 1e-5);
  EXPECT_LE(relative(llama.lm_logits(hidden), stored.tensor("logits")), 1e-5);
  EXPECT_EQ(llama.sites(), testing::tiny("llama-tied-lm").sites());

  const Model yarn = Model::load(gguf("qwen3-yarn"));
  const torch::Tensor stretched = yarn.forward(reference_batch("qwen3-lm"));
  const SafeTensors theirs =
      SafeTensors::open(std::filesystem::path(NEUROX_TESTDATA) / "gguf" / "qwen3-yarn.safetensors");
  EXPECT_LE(relative(stretched, theirs.tensor("hidden")), 1e-5);
  EXPECT_LE(relative(yarn.lm_logits(stretched), theirs.tensor("logits")), 1e-5);
  // Which plain positions are far from.
  EXPECT_GE(relative(testing::tiny("qwen3-lm").forward(reference_batch("qwen3-lm")), theirs.tensor("hidden")),
            0.1);
}

TEST(Gguf, TheLastBlockAtOnePositionTurnsByTheSameFrequencies) {
  Model model = Model::load(gguf("llama-tied-lm"));
  Batch batch;
  batch.ids = torch::arange(3, 20);
  batch.lengths = {17};
  const int last = model.config().blocks - 1;
  torch::Tensor pre;
  {
    const auto guard =
        model.hooks().observe({SiteKind::ResidPre, last}, [&](const torch::Tensor& x) { pre = x; });
    model.forward(batch);
  }
  EXPECT_LE(relative(last_block_at(model, pre, 17, 16), model.forward(batch).slice(0, 16, 17)), 1e-5);
}

TEST(Gguf, AFileInPartsIsTheSameModel) {
  const Model whole = Model::load(gguf("llama-lm")), parts = Model::load(gguf("split-00001-of-00003"));
  const Batch batch = reference_batch("llama-lm");
  EXPECT_TRUE(whole.forward(batch).equal(parts.forward(batch)));
  EXPECT_EQ(stop_tokens(gguf("split-00001-of-00003")), std::vector<std::int64_t>{2});
  // Every part counts.
  const TempFolder folder;
  std::string fingerprint;
  for (const int changed : {0, 1, 2, 3}) {
    for (int part = 1; part <= 3; ++part) {
      std::string bytes = bytes_of(gguf(fmt::format("split-0000{}-of-00003", part)));
      if (part == changed) bytes.back() = static_cast<char>(bytes.back() ^ 1);
      testing::write_bytes(folder / fmt::format("m-0000{}-of-00003.gguf", part), bytes);
    }
    const std::string now = Model::load(folder / "m-00001-of-00003.gguf").fingerprint();
    EXPECT_NE(now, fingerprint) << changed;
    fingerprint = now;
  }
}

TEST(Gguf, YarnLeavesFastFrequenciesAndDividesSlowOnes) {
  // 16 positions, 8 columns, base 10000: column(t) = 8 ln(16 / 2 pi t) / 2 ln 10000, so 32 turns stand before
  // column 0 and 1 turn at 0.41, up to column 1: frequency 0 stays, all others are divided by 4.
  const GgufRotary rotary{.kind = GgufRotary::Kind::Yarn, .factor = 4, .original_length = 16};
  EXPECT_EQ(yarn_divisors(rotary, 10000, 8), (std::vector<float>{1, 4, 4, 4}));
  // 2048 positions: from column 1 (1.008, down) to 3 (2.51, up), so shares 1, 1, 1/2, 0; 1 / (1/2 + 1/8)
  // = 1.6.
  const GgufRotary longer{.kind = GgufRotary::Kind::Yarn, .factor = 4, .original_length = 2048};
  const std::vector<float> found = yarn_divisors(longer, 10000, 8);
  const std::vector<double> expected{1, 1, 1.6, 4};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-6) << i;
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
  // One more entry in front of the others: key, type (4: a number, 8: a string), value.
  const auto with = [&](const std::string& model, const std::string& key, std::uint32_t type,
                        const std::string& value) {
    const auto number = [](std::uint64_t n) { return std::string(reinterpret_cast<const char*>(&n), 8); };
    std::string bytes = bytes_of(gguf(model));
    ++bytes[16];
    bytes.insert(24, number(key.size()) + key + number(type).substr(0, 4) + value);
    testing::write_bytes(file, bytes);
    return refusal([&] { Model::load(file); });
  };
  const std::string eight("\x08\0\0\0", 4), text = std::string("\x08\0\0\0\0\0\0\0", 8) + "longrope";
  EXPECT_EQ(
      with("llama-lm", "llama.expert_count", 4, eight),
      place +
          ": llama.expert_count is 8: mixtures of experts are not supported; take a model whose MLPs all "
          "tokens share");
  EXPECT_EQ(
      with("llama-lm", "llama.rope.scaling.type", 8, text),
      place + ": llama.rope.scaling.type 'longrope' is not supported; supported are none, linear, yarn");
  EXPECT_EQ(with("llama-lm", "llama.rope.dimension_count", 4, std::string("\x04\0\0\0", 4)),
            place +
                ": llama.rope.dimension_count is 4: that not all 6 columns of a head are turned is not "
                "supported");
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
