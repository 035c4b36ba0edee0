#include "neurox/attribute/cascade.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "neurox/attribute/over_baselines.h"
#include "support.h"
#include "tiny_model.h"

/// Weights drawn anew from the top down, and measures of the gold label, on a small classifier.
namespace neurox::attribute {
namespace {

using neurox::testing::refusal, neurox::testing::TempFolder, neurox::testing::tiny_model;
using torch::Tensor;

class DrawnFromTheTop : public ::testing::Test {
 protected:
  DrawnFromTheTop()
      : path_(tiny_model(folder_, "bert-sequence")),
        trained_(load({})),
        drawn_(load(3)),
        cascade_(trained_, drawn_, load({})),
        tokenizer_(text::Tokenizer::load(path_)) {
    at::set_num_threads(1);
    for (std::int64_t p = 0; p < 5; ++p) {
      ExampleRow row;
      row.special = p == 0 || p == 4;
      row.places = {p};
      example_.rows.push_back(row);
    }
    example_.function = std::make_unique<SentenceFunction>(trained_, model::Batch::of({{2, 11, 40, 23, 3}}),
                                                           Target{.index = 1}, std::int64_t{16} << 20);
    example_.baselines = {at::zeros_like(example_.function->embeddings())};
    example_.baseline = example_.baselines.front();
  }
  model::Model load(std::optional<std::uint64_t> seed) const {
    return model::Model::load(path_, {.random_init = seed, .dtype = torch::kFloat64});
  }
  Example after(std::size_t steps) {
    return cascade_.after(steps, example_, Baselines(drawn_, tokenizer_, {"zero"}), 16 << 20);
  }
  static double value(const Example& e) { return e.function->value(e.function->embeddings()); }

  TempFolder folder_;
  std::filesystem::path path_;
  model::Model trained_, drawn_;
  Cascade cascade_;
  text::Tokenizer tokenizer_;
  Example example_;
};

TEST_F(DrawnFromTheTop, BeginsAtTheTrainedModelAndEndsAtTheDrawnOne) {
  EXPECT_EQ(cascade_.steps(), (std::vector<std::string>{"head", "block 1", "block 0", "embeddings"}));
  EXPECT_EQ(value(after(0)), value(example_));
  const Example drawn = in_model(example_, drawn_, Baselines(drawn_, tokenizer_, {"zero"}), 16 << 20);
  EXPECT_EQ(value(after(4)), value(drawn));
  EXPECT_EQ(value(after(0)), value(example_)) << "and back";
}
TEST_F(DrawnFromTheTop, EachStepDrawsOneBlockMore) {
  const auto hidden = [&](const Example& e, SiteKind kind, int block) {
    const Site site{kind, block};
    return e.function->activations(e.function->embeddings(), {&site, 1}).front();
  };
  for (std::size_t steps = 1; steps <= 4; ++steps) {
    const Example e = after(steps);
    EXPECT_NE(value(e), value(example_));
    for (const int block : {0, 1}) {
      const bool same = steps <= static_cast<std::size_t>(2 - block);
      EXPECT_EQ(hidden(e, SiteKind::ResidPost, block).equal(hidden(example_, SiteKind::ResidPost, block)),
                same)
          << steps << ' ' << block;
    }
    EXPECT_EQ(e.function->embeddings().equal(example_.function->embeddings()), steps < 4) << steps;
  }
}
TEST_F(DrawnFromTheTop, LayersOfAnotherModelAreRefused) {
  const TempFolder folder;
  const model::Model other = model::Model::load(tiny_model(folder, "gpt2-sequence"));
  EXPECT_NE(refusal([&] { trained_.take_layers(other, 0); }).find("do not fit"), std::string::npos);
}
TEST_F(DrawnFromTheTop, LossAndAccuracyAreThoseOfTheLogits) {
  const torch::NoGradGuard no_gradients;
  const model::Batch batch = model::Batch::of({{2, 11, 40, 23, 3}});
  const Tensor hidden = trained_.forward(batch), logits = trained_.classify(hidden, batch)[0];
  const std::int64_t best = logits.argmax().item<std::int64_t>();
  double probabilities = 0;
  for (std::int64_t k = 0; k < 3; ++k) {
    const auto of = [&](Target::Scale scale) {
      const Target target{.scale = scale, .index = k};
      return target_values(trained_, hidden, batch, {&target, 1}).item<double>();
    };
    EXPECT_EQ(of(Target::Scale::Correct), k == best ? 1 : 0);
    EXPECT_DOUBLE_EQ(of(Target::Scale::Loss), -of(Target::Scale::LogProbability));
    probabilities += std::exp(-of(Target::Scale::Loss));
  }
  EXPECT_NEAR(probabilities, 1, 1e-12);
}

}  // namespace
}  // namespace neurox::attribute
