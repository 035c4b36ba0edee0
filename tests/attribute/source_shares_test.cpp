#include "neurox/attribute/source_shares.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "neurox/attribute/gradients.h"
#include "support.h"

/// Shares of source and prefix on a small random language model in double precision.
namespace neurox::attribute {
namespace {

using testing::refusal;

class SourceShares : public ::testing::Test {
 protected:
  SourceShares() { at::set_num_threads(1); }
  static model::Model load(const std::string& family) {
    return model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / family,
                              {.dtype = torch::kFloat64});
  }
  /// A special token, two of the source, three of the output.
  static Example example(model::Model& model) {
    Example out;
    for (std::int64_t p = 0; p < 6; ++p) {
      ExampleRow row;
      row.special = p == 0;
      row.sequence = p < 3 ? 0 : 1;
      row.places = {p};
      out.rows.push_back(row);
    }
    const model::Batch sentence = model::Batch::of({pieces()});
    const torch::NoGradGuard no_gradients;
    out.baselines = {at::zeros_like(model.embed(sentence))};
    out.baseline = out.baselines.front();
    out.function = std::make_unique<SentenceFunction>(
        model, sentence, Target{.kind = Target::Kind::Tokens, .position = 5, .tokens = {1}},
        std::int64_t{16} << 20);
    return out;
  }
  static std::vector<std::int64_t> pieces() { return {2, 11, 40, 23, 17, 8}; }
  static const InputMethod& method(const std::string& name) {
    for (const InputMethod& m : input_methods())
      if (m.name == name) return m;
    throw std::runtime_error(name);
  }
};

TEST_F(SourceShares, AddUpToOneAndTheFirstTokenHasNoPrefix) {
  for (const char* family : {"gpt2-lm", "llama-lm"}) {
    model::Model model = load(family);
    const Example e = example(model);
    for (const char* name : {"input-x-gradient", "integrated-gradients", "occlusion", "sampled-shapley"}) {
      const auto found = source_shares(model, e, method(name), {}, Target::Scale::Logit, 16 << 20);
      ASSERT_EQ(found.size(), 3U);
      EXPECT_EQ(found[0].row, 3U);
      EXPECT_EQ(found[0].prefix, 0) << name;
      EXPECT_GT(found[1].prefix, 0) << name;
      for (const TokenShares& t : found) {
        EXPECT_NEAR(t.source + t.prefix + t.special, 1, 1e-12) << name;
        EXPECT_GE(t.entropy, 0);
        EXPECT_LE(t.entropy, std::log(4) + 1e-12);
      }
    }
  }
}

TEST_F(SourceShares, AreThoseOfTheTextBeforeTheTokenAlone) {
  model::Model model = load("gpt2-lm");
  const Example e = example(model);
  const auto found =
      source_shares(model, e, method("input-x-gradient"), {}, Target::Scale::LogProbability, 16 << 20);
  // The last token's: of five pieces, the fourth and fifth written by the model.
  const SentenceFunction f(
      model, model::Batch::of({{2, 11, 40, 23, 17}}),
      {.kind = Target::Kind::Tokens, .scale = Target::Scale::LogProbability, .position = 4, .tokens = {8}},
      16 << 20);
  const torch::Tensor a = input_x_gradient(f).values.sum(1);
  const auto at = [&](std::int64_t p) { return a[p].item<double>(); };
  const double total = a.abs().sum().item<double>();
  EXPECT_NEAR(found[2].value, f.value(f.embeddings()), 1e-12);
  EXPECT_NEAR(found[2].source, (std::abs(at(1)) + std::abs(at(2))) / total, 1e-12);
  EXPECT_NEAR(found[2].prefix, (std::abs(at(3)) + std::abs(at(4))) / total, 1e-12);
  EXPECT_NEAR(found[2].special, std::abs(at(0)) / total, 1e-12);
  EXPECT_NEAR(found[2].source_sum, at(1) + at(2), 1e-12);
  EXPECT_NEAR(found[2].prefix_sum, at(3) + at(4), 1e-12);
}

TEST_F(SourceShares, OfLogProbabilitiesDoNotSeeWhatFollows) {
  model::Model model = load("llama-lm");
  Example e = example(model);
  const auto whole =
      source_shares(model, e, method("saliency"), {.join = Join::L2}, Target::Scale::Logit, 16 << 20);
  e.rows.pop_back();
  const auto shorter =
      source_shares(model, e, method("saliency"), {.join = Join::L2}, Target::Scale::Logit, 16 << 20);
  ASSERT_EQ(shorter.size(), 2U);
  for (std::size_t i = 0; i < shorter.size(); ++i) EXPECT_EQ(shorter[i].source, whole[i].source);
}

TEST_F(SourceShares, AModelWithoutNextTokensIsRefused) {
  model::Model model = load("bert-sequence");
  const Example e = example(model);
  EXPECT_EQ(refusal([&] { source_shares(model, e, method("saliency"), {}, Target::Scale::Logit, 1 << 20); }),
            "shares of source and prefix: the model predicts no next token");
}

}  // namespace
}  // namespace neurox::attribute
