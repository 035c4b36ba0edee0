#include "neurox/model/generate.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <map>

#include "neurox/model/key_value_cache.h"
#include "support.h"

namespace neurox::model {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

std::filesystem::path random_model(const std::string& family) {
  return std::filesystem::path(NEUROX_TESTDATA) / "models" / family;
}

const std::vector<TokenIds>& three_prompts() {
  static const std::vector<TokenIds> prompts{{3, 9, 4}, {7}, {11, 5, 30, 2, 8}};
  return prompts;
}

class EveryDecoder : public ::testing::TestWithParam<const char*> {
 protected:
  const torch::InferenceMode no_gradients_;
  Model model_ = Model::load(random_model(GetParam()));
};

TEST_P(EveryDecoder, StatesBehindACacheEqualThoseOfTheWholeText) {
  const std::vector<TokenIds> texts{{3, 9, 4, 12, 6}, {7, 1, 2}, {11, 5, 30, 2}};
  const torch::Tensor whole = model_.forward(Batch::of(texts));
  KeyValueCache cache(model_.config(), 3);
  Batch first = Batch::of({{3, 9, 4}, {7}, {11, 5}});
  first.cache = &cache;
  model_.forward(first);
  Batch second = Batch::of({{12}, {1}, {30}});
  second.cache = &cache;
  const torch::Tensor next = model_.forward(second);
  Batch third = Batch::of({{6}, {2}, {2}});
  third.cache = &cache;
  const torch::Tensor last = model_.forward(third);
  const std::int64_t rows[3][2] = {{3, 4}, {6, 7}, {10, 11}};
  for (int s = 0; s < 3; ++s) {
    EXPECT_LT((next[s] - whole[rows[s][0]]).abs().max().item<float>(), 1e-5F) << s;
    EXPECT_LT((last[s] - whole[rows[s][1]]).abs().max().item<float>(), 1e-5F) << s;
  }
}
TEST_P(EveryDecoder, GreedyTextIsTheSameWithAndWithoutCacheAloneAndTogether) {
  GenerationOptions options;
  options.most_tokens = 8;
  const auto together = generate(model_, three_prompts(), options);
  options.cache = false;
  const auto uncached = generate(model_, three_prompts(), options);
  options.cache = true;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(together[i].ids.size(), 8U);
    EXPECT_THAT(together[i].ids, ElementsAreArray(uncached[i].ids));
    EXPECT_NEAR(together[i].log_probability, uncached[i].log_probability, 1e-5);
    EXPECT_THAT(generate(model_, {&three_prompts()[i], 1}, options)[0].ids,
                ElementsAreArray(together[i].ids));
  }
}
TEST_P(EveryDecoder, AnEditOfOnePositionStaysInWhatIsKept) {
  // Edited at the prompt's last token alone: later tokens still see it.
  const Site site{SiteKind::ResidPost, 0};
  GenerationOptions options;
  options.most_tokens = 4;
  for (const bool cached : {true, false}) {
    options.cache = cached;
    std::vector<std::int64_t> rows;
    options.before_step = [&](const GenerationStep& step) {
      rows.clear();
      std::int64_t row = 0;
      for (std::size_t s = 0; s < step.batch.lengths.size(); row += step.batch.lengths[s++]) {
        const std::int64_t last =
            static_cast<std::int64_t>(three_prompts()[static_cast<std::size_t>(step.prompts[s])].size()) - 1;
        if (const std::int64_t at = last - step.firsts[s]; at >= 0 && at < step.batch.lengths[s])
          rows.push_back(row + at);
      }
    };
    const auto guard = model_.hooks().edit(site, [&](const torch::Tensor& x) {
      torch::Tensor out = x.clone();
      for (const std::int64_t r : rows) out[r] = out[r] + 3 * torch::arange(out.size(1)) / out.size(1);
      return out;
    });
    static std::map<std::string, std::vector<Continuation>> first_route;
    const auto found = generate(model_, three_prompts(), options);
    if (cached) {
      first_route[GetParam()] = found;
    } else {
      for (std::size_t i = 0; i < 3; ++i)
        EXPECT_THAT(found[i].ids, ElementsAreArray(first_route[GetParam()][i].ids));
    }
  }
}
TEST_P(EveryDecoder, BeamsAsManyAsTokensFindTheBestOfAllTexts) {
  const std::int64_t vocabulary = model_.config().vocabulary;
  GenerationOptions options;
  options.most_tokens = 2;
  options.beams = vocabulary;
  const TokenIds prompt{3, 9, 4};
  const Continuation found = generate(model_, {&prompt, 1}, options)[0];
  const auto log_p = [&](const TokenIds& text) {
    const Batch batch = Batch::of(std::vector<TokenIds>{text});
    return model_.lm_logits(model_.forward(batch).slice(0, -1))[0].to(torch::kFloat64).log_softmax(0);
  };
  const torch::Tensor one = log_p(prompt);
  double best = -1e9;
  TokenIds best_text;
  for (std::int64_t a = 0; a < vocabulary; ++a) {
    const torch::Tensor two = log_p({3, 9, 4, a});
    const auto b = two.argmax().item<std::int64_t>();
    const double sum = one[a].item<double>() + two[b].item<double>();
    if (sum > best) best = sum, best_text = {a, b};
  }
  EXPECT_THAT(found.ids, ElementsAreArray(best_text));
  EXPECT_NEAR(found.log_probability, best, 1e-5);
}
INSTANTIATE_TEST_SUITE_P(Generation, EveryDecoder,
                         ::testing::Values("gpt2-lm", "llama-lm", "llama-tied-lm", "mistral-lm",
                                           "mistral-window-lm", "qwen2-lm", "qwen3-lm", "gemma-lm",
                                           "gemma2-lm", "gemma3-lm", "gpt-neox-lm", "gpt-neox-serial-lm"),
                         [](const auto& family) {
                           std::string name = family.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Generation, ATextEndsBehindAStopToken) {
  const Model model = Model::load(random_model("gpt2-lm"));
  GenerationOptions options;
  options.most_tokens = 8;
  const auto whole = generate(model, three_prompts(), options);
  options.stop_ids = {whole[0].ids[2]};
  const auto cut = generate(model, three_prompts(), options);
  const auto stop = std::find(whole[0].ids.begin(), whole[0].ids.end(), options.stop_ids[0]);
  EXPECT_THAT(cut[0].ids, ElementsAreArray(whole[0].ids.begin(), stop + 1));
  for (std::size_t i = 1; i < 3; ++i)
    EXPECT_TRUE(std::equal(cut[i].ids.begin(), cut[i].ids.end(), whole[i].ids.begin()));
}
TEST(Generation, SampledTextsDependOnTheSeedAlone) {
  const Model model = Model::load(random_model("llama-lm"));
  GenerationOptions options;
  options.most_tokens = 12;
  options.sampling = SamplingOptions{};
  options.seed = 5;
  const auto a = generate(model, three_prompts(), options), b = generate(model, three_prompts(), options);
  options.seed = 6;
  const auto c = generate(model, three_prompts(), options);
  EXPECT_EQ(a[0].ids, b[0].ids);
  EXPECT_EQ(a[2].ids, b[2].ids);
  EXPECT_NE(a[0].ids, c[0].ids);
  EXPECT_EQ(generate(model, {three_prompts().data(), 1}, options)[0].ids, c[0].ids) << "alone as together";
  options.sampling->top_k = 1;
  options.cache = false;
  const auto likeliest = generate(model, three_prompts(), options);
  options.sampling.reset();
  EXPECT_EQ(likeliest[1].ids, generate(model, three_prompts(), options)[1].ids);
}
TEST(Sampling, TemperatureTopKAndTopPLeaveWhatTheyShould) {
  // softmax of ln(1, 2, 3, 4): .1, .2, .3, .4
  const torch::Tensor logits = torch::log(torch::tensor({1.0, 2.0, 3.0, 4.0}));
  const auto p = [&](double temperature, std::int64_t k, double top_p) {
    const torch::Tensor out = sampling_probabilities(logits, {temperature, k, top_p});
    std::vector<double> list;
    for (int i = 0; i < 4; ++i) list.push_back(std::round(out[i].item<double>() * 1e6) / 1e6);
    return list;
  };
  EXPECT_THAT(p(1, 0, 1), ::testing::ElementsAre(0.1, 0.2, 0.3, 0.4));
  EXPECT_THAT(p(0.5, 0, 1), ::testing::ElementsAre(0.033333, 0.133333, 0.3, 0.533333));
  EXPECT_THAT(p(1, 2, 1), ::testing::ElementsAre(0, 0, 0.428571, 0.571429));
  EXPECT_THAT(p(1, 0, 0.5), ::testing::ElementsAre(0, 0, 0.428571, 0.571429));
  EXPECT_THAT(p(1, 0, 0.3), ::testing::ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(p(1, 3, 0.7), ::testing::ElementsAre(0, 0, 0.428571, 0.571429));
}
TEST(Sampling, TokensAreDrawnAsOftenAsTheirProbabilitySays) {
  const torch::Tensor p = torch::tensor({0.1, 0.0, 0.3, 0.6}, torch::kFloat64);
  Random random(1);
  std::array<int, 4> drawn{};
  for (int i = 0; i < 20000; ++i) ++drawn[static_cast<std::size_t>(draw_token(p, random))];
  EXPECT_EQ(drawn[1], 0);
  EXPECT_NEAR(drawn[0], 2000, 150);
  EXPECT_NEAR(drawn[2], 6000, 250);
}
TEST(Generation, WhatCannotBeIsRefused) {
  const Model encoder = Model::load(random_model("bert")), model = Model::load(random_model("gpt2-lm"));
  const std::vector<TokenIds> prompts{{3}}, none{{}};
  EXPECT_THAT(testing::refusal([&] { generate(encoder, prompts, {}); }),
              HasSubstr("no causal language model"));
  EXPECT_THAT(testing::refusal([&] { generate(model, none, {}); }), HasSubstr("prompt 1: no token"));
  GenerationOptions options;
  options.most_tokens = 1000;
  EXPECT_THAT(testing::refusal([&] { generate(model, prompts, options); }), HasSubstr("positions"));
  options.sampling = SamplingOptions{.temperature = 0};
  EXPECT_THAT(testing::refusal([&] { generate(model, prompts, options); }), HasSubstr("temperature 0"));
  options.sampling = SamplingOptions{.top_p = 2};
  EXPECT_THAT(testing::refusal([&] { generate(model, prompts, options); }), HasSubstr("top-p 2"));
  options.beams = 2;
  options.sampling = SamplingOptions{};
  EXPECT_THAT(testing::refusal([&] { generate(model, prompts, options); }), HasSubstr("take one of the two"));
  KeyValueCache cache(model.config(), 2);
  Batch batch = Batch::of({{3}});
  batch.cache = &cache;
  EXPECT_THAT(testing::refusal([&] { model.forward(batch); }), HasSubstr("cannot go on behind"));
}

}  // namespace
}  // namespace neurox::model
