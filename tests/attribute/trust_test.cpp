#include "neurox/attribute/trust.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "neurox/attribute/over_baselines.h"
#include "support.h"
#include "tiny_model.h"

/// The trust of methods on a small random classifier in double precision.
namespace neurox::attribute {
namespace {

using torch::Tensor;

class TrustOfMethods : public ::testing::Test {
 protected:
  TrustOfMethods() {
    at::set_num_threads(1);
    model_.emplace(model::Model::load(folder(), {.dtype = torch::kFloat64}));
    example_ = example(*model_);
  }
  static std::filesystem::path folder() {
    return std::filesystem::path(NEUROX_TESTDATA) / "models" / "bert-sequence";
  }
  static Example example(model::Model& model) {
    Example out;
    for (std::int64_t p = 0; p < 6; ++p) {
      ExampleRow row;
      row.special = p == 0 || p == 5;
      row.places = {p};
      out.rows.push_back(row);
    }
    out.function = std::make_unique<SentenceFunction>(model, model::Batch::of({{2, 11, 40, 23, 17, 3}}),
                                                      Target{.index = 1}, std::int64_t{16} << 20);
    const torch::NoGradGuard no_gradients;
    for (const std::int64_t filler : {9, 30})
      out.baselines.push_back(model.embed(model::Batch::of({{2, filler, filler, filler, filler, 3}})));
    out.baseline = out.baselines.front();
    return out;
  }
  static const InputMethod& method(const std::string& name) {
    for (const InputMethod& m : input_methods())
      if (m.name == name) return m;
    throw std::runtime_error(name);
  }
  Trust of(const std::string& name, Example& example, const TrustOptions& options = {}) {
    MethodOptions settings;
    settings.join = method(name).join;
    settings.through = Through{.site = {SiteKind::MlpPost, 0}, .neuron = 3};
    return trust(method(name), example, over_baselines(method(name), example, settings), settings, options);
  }
  std::optional<model::Model> model_;
  Example example_;
};

TEST_F(TrustOfMethods, ThePlainGradientPredictsSmallNoiseToSecondOrder) {
  const Trust wide = of("saliency", example_, {.radius = 1e-3}),
              narrow = of("saliency", example_, {.radius = 1e-4});
  // The error is of the order of radius^2, its square of radius^4.
  EXPECT_LT(narrow.noise.plain, 1e-3 * wide.noise.plain);
  EXPECT_LT(narrow.noise.scaled, narrow.noise.plain * (1 + 1e-9));
  // Input x gradient says the same of noise, since its slopes are the gradient.
  EXPECT_NEAR(of("input-x-gradient", example_).noise.plain, of("saliency", example_).noise.plain, 1e-15);
}
TEST_F(TrustOfMethods, SensitivityIsProportionalToSmallNoise) {
  const double wide = of("saliency", example_, {.radius = 2e-4}).sensitivity,
               narrow = of("saliency", example_, {.radius = 1e-4}).sensitivity;
  EXPECT_NEAR(wide / narrow, 2, 0.02);
  EXPECT_GT(of("shapley", example_).sensitivity, 0);
}
TEST_F(TrustOfMethods, OfWordsThatAddUpThereIsNoInfidelity) {
  // Two words: the sets left out are one word each, whose occlusion is exactly the change.
  Example two = example(*model_);
  two.rows[3].special = two.rows[4].special = true;
  two.baselines.resize(1);
  EXPECT_LT(of("occlusion", two).words.plain, 1e-24);
  EXPECT_GT(of("saliency", two).words.plain, 0);
  EXPECT_TRUE(std::isnan(of("occlusion", two).noise.plain)) << "it knows words only";
  two.rows[2].special = true;
  EXPECT_TRUE(std::isnan(of("occlusion", two).words.plain)) << "one word is no choice";
}
TEST_F(TrustOfMethods, TheExampleIsTheSameAfterwardsAndDrawsAreSeeded) {
  const Tensor before = example_.function->embeddings();
  const Trust first = of("integrated-gradients", example_), second = of("integrated-gradients", example_);
  EXPECT_TRUE(example_.function->embeddings().equal(before));
  EXPECT_TRUE(example_.baseline.equal(example_.baselines.front()));
  EXPECT_EQ(first.noise.plain, second.noise.plain);
  EXPECT_EQ(first.words.scaled, second.words.scaled);
  EXPECT_EQ(first.sensitivity, second.sensitivity);
  EXPECT_NE(first.sensitivity, of("integrated-gradients", example_, {.seed = 1}).sensitivity);
}
TEST_F(TrustOfMethods, EverySingleMethodHasNumbers) {
  for (const InputMethod& m : input_methods()) {
    const Trust found = of(std::string(m.name), example_);
    EXPECT_TRUE(std::isfinite(found.sensitivity)) << m.name;
    EXPECT_TRUE(std::isfinite(found.words.plain)) << m.name;
    EXPECT_LE(found.words.scaled, found.words.plain * (1 + 1e-9)) << m.name;
    EXPECT_EQ(std::isfinite(found.noise.plain), m.of_embeddings != nullptr && m.uses != BaselineUse::All)
        << m.name;
  }
}
TEST_F(TrustOfMethods, AnotherModelIsAskedAboutTheSameTargetAndSentence) {
  const neurox::testing::TempFolder temporary;
  const std::filesystem::path with_words = neurox::testing::tiny_model(temporary, "bert-sequence");
  const text::Tokenizer tokenizer = text::Tokenizer::load(with_words);
  const auto values = [&](Example& e) {
    return word_values(e, over_baselines(method("integrated-gradients"), e, {}));
  };
  model::Model random = model::Model::load(folder(), {.random_init = 3, .dtype = torch::kFloat64});
  Example same = in_model(example_, *model_, Baselines(*model_, tokenizer, {"zero"}), 16 << 20),
          other = in_model(example_, random, Baselines(random, tokenizer, {"zero"}), 16 << 20);
  EXPECT_EQ(other.function->target().index, 1);
  EXPECT_TRUE(other.function->sentence().ids.equal(example_.function->sentence().ids));
  EXPECT_EQ(other.baseline.abs().sum().item<double>(), 0);
  example_.baselines = same.baselines;
  example_.baseline = same.baseline;
  EXPECT_EQ(values(same), values(example_)) << "the same weights say the same";
  EXPECT_NE(values(other), values(example_));
  EXPECT_EQ(values(other).size(), 4U);
}

}  // namespace
}  // namespace neurox::attribute
