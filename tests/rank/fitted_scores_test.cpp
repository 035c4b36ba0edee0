#include <gmock/gmock.h>

#include <random>
#include <set>

#include "neurox/rank/methods.h"
#include "neurox/rank/scores.h"
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
    if (method.each) continue;
    const Labelling labelling = method.classes ? Labelling{made.y} : Labelling{{}, {}, made.numbers};
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

}  // namespace
}  // namespace neurox
