#include "neurox/model/prune.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "neurox/model/model.h"
#include "support.h"

namespace neurox::model {
namespace {

using ::testing::HasSubstr;

std::filesystem::path folder_of(const std::string& family) {
  return std::filesystem::path(NEUROX_TESTDATA) / "models" / family;
}

class EveryLayout : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryLayout, ASmallerModelComputesWhatTheWholeOneDoesWithTheUnitsAtZero) {
  const testing::TempFolder temp;
  const auto source = folder_of(GetParam());
  Pruning pruning;
  pruning.mlp_units = {{0, 3, 5}, {1, 2, 7, 8}};  // another number in each block
  save_pruned(source, temp / "small", pruning);
  const torch::InferenceMode no_gradients;
  Model whole = Model::load(source);
  const Model small = Model::load(temp / "small");
  EXPECT_EQ(small.config().mlp_width, whole.config().mlp_width - 3);
  const auto batch = Batch::of({{3, 9, 4, 12}, {7, 8}});
  std::vector<Hooks::Guard> guards;
  for (int l = 0; l < 2; ++l) {
    const auto& units = pruning.mlp_units[static_cast<std::size_t>(l)];
    const torch::Tensor gone = torch::tensor(std::vector<std::int64_t>(units.begin(), units.end()));
    guards.push_back(whole.hooks().edit({SiteKind::MlpPost, l},
                                        [gone](const torch::Tensor& x) { return x.index_fill(1, gone, 0); }));
  }
  EXPECT_LT((small.forward(batch) - whole.forward(batch)).abs().max().item<float>(), 2e-6F);
}
INSTANTIATE_TEST_SUITE_P(Pruning, EveryLayout,
                         ::testing::Values("bert", "gpt2-lm", "llama-lm", "distilbert-mlm"),
                         [](const auto& family) {
                           std::string name = family.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Pruned, WhatCannotBeIsRefusedAndNothingIsLeft) {
  const testing::TempFolder temp;
  const auto refused = [&](const Pruning& p) {
    return testing::refusal([&] { save_pruned(folder_of("bert"), temp / "small", p); });
  };
  EXPECT_THAT(refused({{{100000}}}), HasSubstr("no unit 100000"));
  EXPECT_THAT(refused({{{}, {}, {}}}), HasSubstr("but"));
  const Model model = Model::load(folder_of("bert"));
  std::set<std::int64_t> all;
  for (std::int64_t u = 0; u < model.config().mlp_width; ++u) all.insert(u);
  EXPECT_THAT(refused({{all, all}}), HasSubstr("every unit of every block"));
  const std::filesystem::path gguf = std::filesystem::path(NEUROX_TESTDATA) / "gguf" / "llama-lm.gguf";
  EXPECT_EQ(testing::refusal([&] { save_pruned(gguf, temp / "small", {{{1}}}); }),
            gguf.string() +
                ": a smaller model is written from a folder (config.json, safetensors), not from a file");
  EXPECT_TRUE(std::filesystem::is_empty(temp.path()));
  std::filesystem::create_directories(temp / "small");
  EXPECT_THAT(refused({{{1}}}), HasSubstr("is there already"));
}

}  // namespace
}  // namespace neurox::model
