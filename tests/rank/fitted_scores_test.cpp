#include <gmock/gmock.h>

#include <random>
#include <set>

#include "neurox/rank/methods.h"
#include "neurox/rank/scores.h"
#include "neurox/rank/set_study.h"
#include "support.h"

/// Methods of the table that fit all neurons at once.
namespace neurox {
namespace {

using neurox::testing::refusal;

/// 12 neurons; 3 and 7 tell the classes apart, or make up the number.
struct TwoOfTwelve {
  MatrixF X;
  std::vector<int> y;
  std::vector<double> numbers;
};
TwoOfTwelve two_of_twelve(unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  TwoOfTwelve out{MatrixF(400, 12), {}, {}};
  for (Index i = 0; i < 400; ++i) {
    for (Index j = 0; j < 12; ++j) out.X(i, j) = normal(engine);
    out.y.push_back(out.X(i, 3) > 0 ? (out.X(i, 7) > 0 ? 2 : 1) : 0);
    out.numbers.push_back(static_cast<double>(2 * out.X(i, 3) - out.X(i, 7)));
  }
  return out;
}

NeuronScores fitted(const char* method, const TwoOfTwelve& made, const Labelling& labelling,
                    const RankOptions& options) {
  const MatrixRows rows(made.X);
  return std::move(
      rank_method(method).score({rows, labelling.numeric() ? 0 : 3}, {&labelling, 1}, options).front());
}

TEST(FittedScores, EveryMethodPutsTheTwoNeuronsThatMatterFirst) {
  const TwoOfTwelve made = two_of_twelve(1);
  int methods = 0;
  for (const RankMethod& method : rank_methods()) {
    if (method.is(kScoresEach)) continue;
    const Labelling labelling =
        method.is(kTakesClasses) ? Labelling{made.y} : Labelling{{}, {}, made.numbers};
    const NeuronScores found = fitted(method.name.data(), made, labelling, {.count = 4, .trees = 20});
    const NeuronList order = found.order.empty() ? order_by_score(found.scores.rightCols(1)) : found.order;
    EXPECT_EQ(std::set<Index>(order.begin(), order.begin() + 2), (std::set<Index>{3, 7})) << method.name;
    EXPECT_EQ(order.size(), 12U);
    EXPECT_EQ(std::set<Index>(order.begin(), order.end()).size(), 12U) << method.name;
    EXPECT_FALSE(found.tables.empty()) << method.name;
    ++methods;
  }
  EXPECT_GE(methods, 4);
}
TEST(FittedScores, TheForestsClassesAddUpToTheWhole) {
  const TwoOfTwelve made = two_of_twelve(2);
  const NeuronScores found = fitted("forest", made, {made.y}, {.trees = 10});
  EXPECT_TRUE(found.scores.leftCols(3).rowwise().sum().isApprox(found.scores.col(3), 1e-9));
  EXPECT_NEAR(found.scores.col(3).sum(), 1, 1e-9);
}
TEST(FittedScores, RidgeGivesTheWeightsOfALinearLabel) {
  const TwoOfTwelve made = two_of_twelve(3);
  const NeuronScores found = fitted("ridge", made, {{}, {}, made.numbers}, {});
  EXPECT_NEAR(found.layers[0].second(3, 0) / found.layers[0].second(7, 0), -2, 0.15);
}
TEST(FittedScores, ChosenNeuronsScoreByTheirPlace) {
  const TwoOfTwelve made = two_of_twelve(4);
  const NeuronScores found = fitted("gaussian", made, {made.y}, {.count = 4});
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(found.scores(found.order[k], 0), 1 - 0.25 * k, 1e-12);
  EXPECT_EQ(found.scores(found.order[4], 0), 0);
}
TEST(FittedScores, LabelsOfAnotherKindAndWeightsAreRefused) {
  const TwoOfTwelve made = two_of_twelve(5);
  EXPECT_EQ(refusal([&] {
              fitted("forest", made, {{}, {}, made.numbers}, {});
            }),
            "classes are needed but the labels are numbers");
  EXPECT_EQ(refusal([&] { fitted("ridge", made, {made.y}, {}); }),
            "numbers are needed but the labels are classes");
  EXPECT_EQ(refusal([&] {
              fitted("gaussian", made, {made.y, std::vector<std::int32_t>(400, 2)}, {});
            }),
            "a model of all neurons counts every token once, but weights are given");
}

/// Methods without p-values are held to this: what they choose by meaningless labels is worth nothing on
/// sentences that they have not seen.
TEST(FittedScores, OnMeaninglessLabelsNoSetBeatsTheMajorityOnOtherTokens) {
  std::mt19937 engine(5);
  std::normal_distribution<float> normal;
  MatrixF X(800, 30), held(800, 30);
  std::vector<int> y, held_y;
  for (Index i = 0; i < 800; ++i) {
    for (Index j = 0; j < 30; ++j) X(i, j) = normal(engine), held(i, j) = normal(engine);
    y.push_back(static_cast<int>(engine() % 2)), held_y.push_back(static_cast<int>(engine() % 2));
  }
  std::vector<int> words(800);
  for (int i = 0; i < 800; ++i) words[static_cast<std::size_t>(i)] = i;
  const auto columns = [](const MatrixF& of) {
    return [&of](const NeuronList& neurons) {
      MatrixF out(of.rows(), static_cast<Index>(neurons.size()));
      for (std::size_t k = 0; k < neurons.size(); ++k) out.col(static_cast<Index>(k)) = of.col(neurons[k]);
      return out;
    };
  };
  const MatrixRows rows(X);
  for (const RankMethod& method : rank_methods()) {
    if (method.is(kScoresEach) || !method.is(kTakesClasses)) continue;
    const Labelling labelling{y};
    const NeuronScores found =
        std::move(method.score({rows, 2}, {&labelling, 1}, {.count = 5, .trees = 20}).front());
    const NeuronList order = found.order.empty() ? order_by_score(found.scores.rightCols(1)) : found.order;
    SetStudyOptions options;
    options.fit.num_classes = 2;
    options.sizes = {5};
    options.draws = 0;
    options.smallest = false;
    const SetStudy study =
        study_sets(order, 30, {columns(X), y, words}, {columns(held), held_y, words}, options);
    // Standard error of an accuracy of one half on 800 tokens: 0.018.
    EXPECT_LT(study.sets[0].accuracy, study.majority + 0.07) << method.name;
  }
}

TEST(FittedScores, TheForestFindsAnExclusiveOrAmongNoise) {
  std::mt19937 engine(6);
  std::normal_distribution<float> normal;
  TwoOfTwelve made{MatrixF(1500, 12), {}, {}};
  for (Index i = 0; i < 1500; ++i) {
    for (Index j = 0; j < 12; ++j) made.X(i, j) = normal(engine);
    made.y.push_back((made.X(i, 2) > 0) != (made.X(i, 9) > 0) ? 1 : 0);
  }
  const MatrixRows rows(made.X);
  const Labelling labelling{made.y};
  const NeuronScores found =
      std::move(rank_method("forest").score({rows, 2}, {&labelling, 1}, {.trees = 100}).front());
  const NeuronList order = order_by_score(found.scores.rightCols(1));
  EXPECT_EQ(std::set<Index>(order.begin(), order.begin() + 2), (std::set<Index>{2, 9}));
}

}  // namespace
}  // namespace neurox
