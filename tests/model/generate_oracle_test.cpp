#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "neurox/model/generate.h"
#include "support.h"

namespace neurox::model {
namespace {

using nlohmann::json;

/// Continuations that transformers made (scripts/fixtures/generation.py).
json cases() {
  return json::parse(std::ifstream(std::filesystem::path(NEUROX_TESTDATA) / "generation" / "smollm2.json"));
}

TEST(GenerationOracle, GreedyTextsOfSmolLM2TogetherEqualTransformersOneByOne) {
  NEUROX_NEED(path, testing::real_model("smollm2-135m"));
  Model model = Model::load(path);
  for (const bool held : {false, true}) {
    std::vector<TokenIds> prompts, expected;
    Hooks::Guard guard;
    for (const json& c : cases()) {
      if (c.contains("beams") || c.contains("hold") != held) continue;
      prompts.push_back(c.at("prompt_ids").get<TokenIds>());
      expected.push_back(c.at("ids").get<TokenIds>());
      if (!held || expected.size() > 1) continue;
      const torch::Tensor units = torch::tensor(c["hold"]["units"].get<std::vector<std::int64_t>>());
      const double value = c["hold"]["value"].get<double>();
      guard = model.hooks().edit({SiteKind::MlpPost, c["hold"]["block"].get<int>()},
                                 [=](const torch::Tensor& x) { return x.index_fill(1, units, value); });
    }
    ASSERT_FALSE(prompts.empty());
    GenerationOptions options;
    options.most_tokens = held ? 20 : 24;
    options.stop_ids = {2};
    const auto found = generate(model, prompts, options);
    for (std::size_t i = 0; i < prompts.size(); ++i)
      EXPECT_THAT(found[i].ids, ::testing::ElementsAreArray(expected[i]));
  }
}
TEST(GenerationOracle, BeamSearchOfSmolLM2EqualsTransformers) {
  NEUROX_NEED(path, testing::real_model("smollm2-135m"));
  const Model model = Model::load(path);
  for (const json& c : cases()) {
    if (!c.contains("beams")) continue;
    const TokenIds prompt = c.at("prompt_ids").get<TokenIds>(), expected = c.at("ids").get<TokenIds>();
    GenerationOptions options;
    options.most_tokens = static_cast<std::int64_t>(expected.size());
    options.stop_ids = {2};
    options.beams = c.at("beams");
    options.length_penalty = c.at("length_penalty");
    const Continuation found = generate(model, {&prompt, 1}, options)[0];
    EXPECT_THAT(found.ids, ::testing::ElementsAreArray(expected)) << c.dump();
    EXPECT_NEAR(found.log_probability, c["log_probability"].get<double>(), 1e-3) << c.dump();
  }
}

}  // namespace
}  // namespace neurox::model
