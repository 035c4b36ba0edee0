#include "neurox/rank/methods.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "neurox/rank/scores.h"
#include "neurox/rank/sorted_scores.h"
#include "support.h"

/// What holds for every method of the table that scores neurons one by one.
namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::HasSubstr;

/// Columns with ties, a constant one, one that tells class 1 apart.
MatrixF made_columns(Index tokens, const std::vector<int>& y, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  MatrixF X(tokens, 5);
  for (Index i = 0; i < tokens; ++i) {
    const bool one = y[static_cast<std::size_t>(i)] == 1;
    X.row(i) << normal(engine), std::round(2 * normal(engine)), 3.0F, normal(engine) + (one ? 4.0F : 0.0F),
        1000.0F + 0.1F * normal(engine);
  }
  return X;
}

std::vector<int> made_classes(Index tokens, int classes, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<int> y;
  for (Index i = 0; i < tokens; ++i) y.push_back(std::uniform_int_distribution<int>(0, classes - 1)(engine));
  return y;
}

NeuronScores score(const RankMethod& method, MatrixF X, int classes, const Labelling& labelling,
                   const RankOptions& options = {}) {
  const MatrixRows rows(std::move(X));
  const RankData data{rows, classes};
  return std::move(method.score(data, {&labelling, 1}, options).front());
}

bool nearly(const MatrixD& a, const MatrixD& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  for (Index i = 0; i < a.size(); ++i) {
    const double x = a.data()[i], y = b.data()[i];
    if (std::isnan(x) != std::isnan(y)) return false;
    if (!std::isnan(x) && std::abs(x - y) > 1e-9 * std::max(1.0, std::abs(y))) return false;
  }
  return true;
}

template <class Check>
void on_every_method(const Check& check) {
  for (const RankMethod& method : rank_methods()) {
    if (!method.is(kScoresEach)) continue;
    SCOPED_TRACE(std::string(method.name));
    check(method);
  }
}

TEST(EveryMethod, FindsTheNeuronThatTellsAClassApart) {
  on_every_method([](const RankMethod& method) {
    const std::vector<int> y = made_classes(400, 3, 1);
    const NeuronScores found =
        score(method, made_columns(400, y, 2), 3, {y}, {.standardise = true, .threshold = 2});
    ASSERT_EQ(found.scores.cols(), 4);
    Index best = 0;
    found.scores.col(1).maxCoeff(&best);
    EXPECT_EQ(best, 3);
    // What is always on overlaps a little with every class, which one bound for all neurons cannot see.
    if (method.name != "iou-threshold") {
      EXPECT_EQ(order_by_score(found.scores.col(3)).front(), 3) << "overall";
    }
    EXPECT_TRUE(found.scores.allFinite());
  });
}

TEST(EveryMethod, ACopyOfANeuronScoresAsItDoes) {
  on_every_method([](const RankMethod& method) {
    const std::vector<int> y = made_classes(200, 3, 9);
    MatrixF X = made_columns(200, y, 9);
    X.conservativeResize(Eigen::NoChange, 6);
    X.col(5) = X.col(3);
    const NeuronScores found = score(method, X, 3, {y});
    EXPECT_TRUE(nearly(found.scores.row(5), found.scores.row(3)));
  });
}

TEST(EveryMethod, OrderOfTokensDoesNotMatter) {
  on_every_method([](const RankMethod& method) {
    std::vector<int> y = made_classes(200, 3, 3);
    const MatrixF X = made_columns(200, y, 4);
    const NeuronScores before = score(method, X, 3, {y});
    const MatrixF turned = X.colwise().reverse();
    std::reverse(y.begin(), y.end());
    EXPECT_TRUE(nearly(score(method, turned, 3, {y}).scores, before.scores));
  });
}

TEST(EveryMethod, ATokenWithoutALabelMightAsWellNotBeThere) {
  on_every_method([](const RankMethod& method) {
    std::vector<int> y = made_classes(200, 3, 5);
    const MatrixF X = made_columns(200, y, 6);
    const NeuronScores first = score(method, X.topRows(150), 3, {{y.begin(), y.begin() + 150}});
    for (std::size_t i = 150; i < 200; ++i) y[i] = -1;
    const NeuronScores all = score(method, X, 3, {y});
    EXPECT_TRUE(nearly(all.scores, first.scores));
    for (std::size_t l = 0; l < all.layers.size(); ++l)
      EXPECT_TRUE(nearly(all.layers[l].second, first.layers[l].second)) << all.layers[l].first;
  });
}

TEST(EveryMethod, AWeightIsARepetition) {
  on_every_method([](const RankMethod& method) {
    if (method.name == "mutual-information-nearest") return;  // repeats would be each other's neighbours
    const std::vector<int> y = made_classes(120, 3, 7);
    const MatrixF X = made_columns(120, y, 8);
    Labelling weighted{y, std::vector<std::int32_t>(120)};
    std::vector<Index> rows;
    std::vector<int> repeated;
    for (Index i = 0; i < 120; ++i) {
      const int w = static_cast<int>(i * 7 % 4);
      weighted.weight[static_cast<std::size_t>(i)] = w;
      for (int k = 0; k < w; ++k) {
        rows.push_back(i);
        repeated.push_back(y[static_cast<std::size_t>(i)]);
      }
    }
    MatrixF expanded(static_cast<Index>(rows.size()), X.cols());
    for (std::size_t i = 0; i < rows.size(); ++i) expanded.row(static_cast<Index>(i)) = X.row(rows[i]);
    EXPECT_TRUE(nearly(score(method, X, 3, weighted).scores, score(method, expanded, 3, {repeated}).scores));
  });
}

TEST(EveryMethod, ExtremeValuesOfWeightZeroCountNowhere) {
  on_every_method([](const RankMethod& method) {
    const std::string_view name = method.name;
    if (name != "average-precision" && name != "auroc" && name != "spearman" && name != "threshold-f1")
      return;
    const std::vector<int> y = made_classes(60, 3, 7);
    const MatrixF X = made_columns(60, y, 8);
    Labelling weighted{y, std::vector<std::int32_t>(60, 1)}, without{y};
    for (Index j = 0; j < X.cols(); ++j) {
      Index highest = 0, lowest = 0;
      X.col(j).maxCoeff(&highest);
      X.col(j).minCoeff(&lowest);
      for (const Index i : {highest, lowest}) {
        weighted.weight[static_cast<std::size_t>(i)] = 0;
        without.y[static_cast<std::size_t>(i)] = -1;
      }
    }
    const MatrixD scores = score(method, X, 3, weighted).scores;
    EXPECT_TRUE(scores.allFinite());
    EXPECT_TRUE(nearly(scores, score(method, X, 3, without).scores));
  });
}

TEST(EveryMethod, ManyLabellingsAtOnceAreOneByOne) {
  on_every_method([](const RankMethod& method) {
    const std::vector<int> y = made_classes(300, 4, 9);
    const MatrixRows rows(made_columns(300, y, 10));
    const RankData data{rows, 4};
    std::vector<Labelling> labellings{{y}};
    for (unsigned seed = 20; seed < 25; ++seed) labellings.push_back({made_classes(300, 4, seed)});
    const std::vector<NeuronScores> together = method.score(data, labellings, {});
    ASSERT_EQ(together.size(), labellings.size());
    for (std::size_t l = 0; l < labellings.size(); ++l)
      EXPECT_EQ(together[l].scores, method.score(data, {&labellings[l], 1}, {}).front().scores) << l;
  });
}

TEST(EveryMethod, ReadingInBlocksOfOneNeuronChangesNothing) {
  on_every_method([](const RankMethod& method) {
    const std::vector<int> y = made_classes(3000, 3, 11);
    const MatrixRows rows(made_columns(3000, y, 12));
    int reads = 0;
    RankData data{rows, 3};
    const Labelling labelling{y};
    const MatrixD whole = method.score(data, {&labelling, 1}, {}).front().scores;
    data.columns = [&](Index first, Index width) -> std::unique_ptr<RowSource> {
      ++reads;
      MatrixF part(3000, width);
      for (Index i = 0; i < 3000; ++i) part.row(i) = rows.in_memory()->row(i).segment(first, width);
      return std::make_unique<MatrixRows>(std::move(part));
    };
    // Room for the working memory of 16 threads and a neuron or two.
    const MatrixD parts =
        method.score(data, {&labelling, 1}, {.memory_bytes = 3000 * 16 * 16 + 30000}).front().scores;
    EXPECT_EQ(parts, whole);
  });
}

TEST(EveryMethod, LabelsThatDoNotFitAreRefused) {
  on_every_method([](const RankMethod& method) {
    MatrixF X = MatrixF::Random(3, 2);
    EXPECT_EQ(refusal([&] { score(method, X, 2, {{0, 1}}); }), "2 labels but 3 rows of activations");
    EXPECT_EQ(refusal([&] { score(method, X, 2, {{0, 1, 2}}); }), "token 2 has class 2 but there are 2");
    EXPECT_EQ(refusal([&] { score(method, X, 2, {{-1, -1, -1}}); }), "no token has a label");
    EXPECT_EQ(refusal([&] {
                score(method, X, 2, {{0, 1, 1}, {1, 1}});
              }),
              "2 weights but 3 rows of activations");
    EXPECT_EQ(refusal([&] { score(method, X, 2, {{0, 1, 1}, {1, 1, -1}}); }), "token 2 has weight -1");
    if (!method.is(kTakesNumbers)) {
      EXPECT_EQ(refusal([&] {
                  score(method, X, 0, {{}, {}, {1, 2, 3}});
                }),
                "classes are needed but the labels are numbers");
    }
  });
}

TEST(RankMethods, AMisspeltNameIsAnsweredWithTheNearest) {
  EXPECT_EQ(rank_method("auroc").name, "auroc");
  EXPECT_THAT(refusal([] { rank_method("probless"); }), HasSubstr("no ranking method 'probless'"));
  EXPECT_THAT(refusal([] { rank_method("probless"); }), HasSubstr("'probeless'"));
}

TEST(RankMethods, MemoryForLessThanANeuronIsRefused) {
  const std::vector<int> y = made_classes(1000, 2, 1);
  EXPECT_THAT(
      refusal([&] { score(rank_method("auroc"), made_columns(1000, y, 1), 2, {y}, {.memory_bytes = 1000}); }),
      HasSubstr("1000 tokens need "));
}

}  // namespace
}  // namespace neurox
