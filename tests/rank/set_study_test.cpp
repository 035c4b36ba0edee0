#include "neurox/rank/set_study.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;

/// 30 neurons; neuron k < 6 tells class k of six classes apart, the others are noise.
struct Planted {
  MatrixF X;
  std::vector<int> y, words;
  SetTokens tokens() const {
    return {[this](const NeuronList& neurons) {
              MatrixF part(X.rows(), static_cast<Index>(neurons.size()));
              for (std::size_t j = 0; j < neurons.size(); ++j)
                part.col(static_cast<Index>(j)) = X.col(neurons[j]);
              return part;
            },
            y, words};
  }
};
Planted planted(Index tokens, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  Planted out{MatrixF(tokens, 30), {}, {}};
  for (Index i = 0; i < tokens; ++i) {
    const int y = static_cast<int>(i % 6);
    out.y.push_back(y);
    out.words.push_back(std::uniform_int_distribution<int>(0, 99)(engine));
    for (Index j = 0; j < 30; ++j) out.X(i, j) = normal(engine) + (j == y ? 8.0F : 0.0F);
  }
  return out;
}

const NeuronList kBestFirst{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

SetStudyOptions options_of(std::vector<Index> sizes) {
  SetStudyOptions options;
  options.fit.num_classes = 6;
  options.sizes = std::move(sizes);
  options.draws = 3;
  return options;
}

TEST(SetStudy, TheFirstNeuronsDoAsWellAsAllAndRandomOnesDoNot) {
  const Planted train = planted(1200, 1), eval = planted(600, 2);
  const SetStudy study = study_sets(kBestFirst, 30, train.tokens(), eval.tokens(), options_of({2, 5, 10}));
  ASSERT_EQ(study.sets.size(), 3U);
  EXPECT_NEAR(study.sets[0].accuracy, 0.33 + 0.67 / 4, 0.08) << "two classes, and chance among four";
  EXPECT_GT(study.sets[2].accuracy, 0.97);
  EXPECT_LT(study.sets[2].random_high, 0.9);
  EXPECT_LE(study.sets[2].random_low, study.sets[2].random);
  EXPECT_LT(study.sets[2].control, 0.4);
  EXPECT_NEAR(study.majority, 1.0 / 6, 1e-9);
  EXPECT_GT(*study.all, 0.97);
}
// Five neurons leave the sixth class as what is left over.
TEST(SetStudy, TheSmallestSetIsFoundBetweenTheSizes) {
  const Planted train = planted(1200, 3), eval = planted(600, 4);
  const SetStudy study = study_sets(kBestFirst, 30, train.tokens(), eval.tokens(), options_of({2, 10}));
  EXPECT_EQ(study.smallest, 5);
  EXPECT_GE(study.smallest_accuracy, 0.97 * *study.all);
  SetStudyOptions few = options_of({1, 2});
  EXPECT_FALSE(study_sets(kBestFirst, 30, train.tokens(), eval.tokens(), few).smallest.has_value());
}
TEST(SetStudy, WithoutWordsToTellApartThereIsNoControlTask) {
  Planted train = planted(300, 1), eval = planted(100, 2);
  train.words.assign(300, 0);
  eval.words.assign(100, 0);
  const SetStudy study = study_sets(kBestFirst, 30, train.tokens(), eval.tokens(), options_of({5}));
  EXPECT_TRUE(std::isnan(study.sets[0].control));
  EXPECT_EQ(study.lookup, study.majority);
}
TEST(SetStudy, TheSameSeedGivesTheSameNumbers) {
  const Planted train = planted(300, 5), eval = planted(300, 6);
  const SetStudy a = study_sets(kBestFirst, 30, train.tokens(), eval.tokens(), options_of({4}));
  const SetStudy b = study_sets(kBestFirst, 30, train.tokens(), eval.tokens(), options_of({4}));
  EXPECT_EQ(a.sets[0].random, b.sets[0].random);
  EXPECT_EQ(a.sets[0].control, b.sets[0].control);
}
TEST(SetStudy, NonsenseIsRefused) {
  const Planted train = planted(60, 7);
  EXPECT_EQ(refusal([&] { study_sets(kBestFirst, 30, train.tokens(), train.tokens(), options_of({})); }),
            "no size of sets is given");
  SetStudyOptions options = options_of({2});
  options.keep = 0;
  EXPECT_EQ(refusal([&] { study_sets(kBestFirst, 30, train.tokens(), train.tokens(), options); }),
            "the share of accuracy to keep is 0: it must lie in (0, 1]");
}

}  // namespace
}  // namespace neurox
