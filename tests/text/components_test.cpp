#include <gtest/gtest.h>

#include <fstream>

#include "cases.h"
#include "support.h"

namespace neurox::text {
namespace {

using neurox::testing::TempFolder;

/// Every normalizer, pre-tokenizer, model, post-processor, decoder and kind of added token, in random
/// combinations on tricky and random texts: see scripts/fixtures/tokenizer_cases.py, which made the file.
TEST(TokenizerComponents, EveryCombinationEqualsTheReference) {
  const char* other = std::getenv("NEUROX_TOKENIZER_COMPONENTS");
  const auto stored =
      testing::read_json(other != nullptr ? other : NEUROX_TESTDATA "/tokenizers/components.json");
  TempFolder folder;
  int differing = 0, cases = 0;
  for (auto config : stored["configs"]) {
    const nlohmann::json list = config["cases"];
    config.erase("cases");
    config["model"] = stored["models"][config["model"].get<std::string>()];
    std::ofstream(folder / "tokenizer.json") << config;
    const Tokenizer tokenizer = Tokenizer::load(folder.path());
    config.erase("model");
    differing += testing::compare_cases(tokenizer, list, config.dump());
    cases += static_cast<int>(list.size());
    if (differing > 0) break;
  }
  EXPECT_EQ(differing, 0);
  EXPECT_GT(cases, 350);
}

}  // namespace
}  // namespace neurox::text
