#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "neurox/rank/gaussian_f1.h"
#include "neurox/rank/mask_scores.h"
#include "neurox/rank/moment_scores.h"
#include "neurox/rank/mutual_information.h"
#include "neurox/rank/sorted_scores.h"
#include "support.h"

/// Scores worked out by hand. X is one neuron, tokens in the order of its values where that helps.
namespace neurox {
namespace {

using neurox::testing::refusal;
using Score = std::vector<NeuronScores> (*)(const RankData&, std::span<const Labelling>, const RankOptions&);

NeuronScores score(Score method, const std::vector<float>& x, const Labelling& labelling, int classes,
                   const RankOptions& options = {}) {
  const MatrixRows rows(Eigen::Map<const VectorF>(x.data(), static_cast<Index>(x.size())));
  return std::move(method({rows, classes}, {&labelling, 1}, options).front());
}

// Class means 0, 3, 10; distances 3, 10, 7.
TEST(Probeless, IsTheSumOfDistancesBetweenClassMeans) {
  const NeuronScores found = score(score_probeless, {-1, 1, 3, 10}, {{0, 0, 1, 2}}, 3);
  EXPECT_TRUE(found.scores.isApprox((MatrixD(1, 4) << 13, 10, 17, 20).finished(), 1e-12));
}
TEST(Probeless, StandardisedIsFreeOfScaleAndOfTheMean) {
  const NeuronScores raw = score(score_probeless, {-1, 1, 3, 10}, {{0, 0, 1, 2}}, 3, {.standardise = true});
  const NeuronScores moved = score(score_probeless, {1e4F - 8, 1e4F + 8, 1e4F + 24, 1e4F + 80},
                                   {{0, 0, 1, 2}}, 3, {.standardise = true});
  EXPECT_TRUE(raw.scores.isApprox(moved.scores, 1e-9));
}
TEST(Probeless, AClassWithoutTokensIsLeftOut) {
  const NeuronScores found = score(score_probeless, {0, 4}, {{0, 2}}, 3);
  EXPECT_TRUE(found.scores.isApprox((MatrixD(1, 4) << 4, 0, 4, 4).finished(), 1e-12));
}

// Class 1: values 4, 6, mean 5, others 0, 2, mean 1: difference 4, pooled variance (2 + 2) / 2 = 2.
TEST(CohensD, IsTheDifferenceInPooledStandardDeviations) {
  const NeuronScores found = score(score_cohens_d, {0, 2, 4, 6}, {{0, 0, 1, 1}}, 2);
  EXPECT_NEAR(found.scores(0, 1), 4 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(found.layers[0].second(0, 0), -4 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(score(score_mean_difference, {0, 2, 4, 6}, {{0, 0, 1, 1}}, 2).scores(0, 0), 4, 1e-12);
}
// t^2 of the two classes: 4^2 / (2 (1/2 + 1/2)) = 8; between 16, within 4 with 2 degrees of freedom.
TEST(AnovaF, OfTwoClassesIsTheSquareOfStudentsT) {
  const NeuronScores found = score(score_anova_f, {0, 2, 4, 6}, {{0, 0, 1, 1}}, 2);
  EXPECT_TRUE(found.scores.isApprox(MatrixD::Constant(1, 3, 8.0), 1e-12));
}
TEST(AnovaF, WithoutVarianceWithinClassesIsFinite) {
  EXPECT_EQ(score(score_anova_f, {0, 0, 1, 1}, {{0, 0, 1, 1}}, 2).scores(0, 2),
            static_cast<double>(std::numeric_limits<float>::max()));
  EXPECT_EQ(score(score_anova_f, {2, 2, 2, 2}, {{0, 0, 1, 1}}, 2).scores(0, 2), 0);
}
// r^2 = between / all = 16 / 20.
TEST(Correlation, WithAClassIsPointBiserial) {
  const NeuronScores found = score(score_correlation, {0, 2, 4, 6}, {{0, 0, 1, 1}}, 2);
  EXPECT_NEAR(found.scores(0, 1), std::sqrt(0.8), 1e-12);
  EXPECT_NEAR(found.layers[0].second(0, 0), -std::sqrt(0.8), 1e-12);
  EXPECT_NEAR(found.scores(0, 2), std::sqrt(0.8), 1e-12) << "eta of two classes is |r|";
}
TEST(Correlation, WithNumbersIsPearsons) {
  // Deviations (-1, 0, 1) and (-1, 1, 0): r = 1 / 2.
  const NeuronScores found = score(score_correlation, {1, 2, 3}, {{}, {}, {5, 7, 6}}, 0);
  ASSERT_EQ(found.scores.size(), 1);
  EXPECT_NEAR(found.scores(0, 0), 0.5, 1e-12);
  EXPECT_NEAR(score(score_correlation, {1, 2, 3, 9}, {{}, {}, {6, 7, 5, NAN}}, 0).layers[0].second(0, 0),
              -0.5, 1e-12)
      << "a token without a number is left out";
}
// Ranks of x: 1, 2.5, 2.5, 4; of the numbers 1, 2, 3, 4: sum of products of deviations 4.5, 4.5 and 5.
TEST(Spearman, GivesTiesTheirMiddleRank) {
  const NeuronScores found = score(score_spearman, {-5, 0, 0, 100}, {{}, {}, {1, 2, 30, 40}}, 0);
  EXPECT_NEAR(found.scores(0, 0), 4.5 / std::sqrt(4.5 * 5), 1e-12);
}
TEST(Spearman, WithAClassIsThatWithItsIndicator) {
  const std::vector<float> x{3, -1, 7, 3, 2, 9, 0};
  const NeuronScores classes = score(score_spearman, x, {{0, 1, 1, 0, 2, 2, 0}}, 3);
  for (int c = 0; c < 3; ++c) {
    Labelling indicator{{}, {}, {}};
    for (const int y : {0, 1, 1, 0, 2, 2, 0}) indicator.numbers.push_back(y == c ? 1 : 0);
    EXPECT_NEAR(classes.layers[0].second(0, c), score(score_spearman, x, indicator, 0).layers[0].second(0, 0),
                1e-12);
  }
}

// From the top: 1, 0, {1, 0}: AP = 1/2 * 1 + 1/2 * 2/4; the tie counts as one step.
TEST(AveragePrecision, TiesAreOneStep) {
  const NeuronScores found = score(score_average_precision, {9, 5, 2, 2}, {{1, 0, 1, 0}}, 2);
  EXPECT_NEAR(found.scores(0, 1), 0.75, 1e-12);
  EXPECT_NEAR(found.layers[0].second(0, 1), 0.5 * 0.5 + 0.5 * 0.5, 1e-12) << "of the negative";
}
TEST(AveragePrecision, OfAConstantIsTheShareOfTheClass) {
  const NeuronScores found = score(score_average_precision, {2, 2, 2, 2}, {{1, 0, 0, 0}}, 2);
  EXPECT_EQ(found.scores(0, 1), 0.25);
  EXPECT_EQ(found.scores(0, 0), 0.75);
  EXPECT_EQ(found.scores(0, 2), 0.5) << "overall is the mean";
}
TEST(AveragePrecision, MinusZeroIsZero) {
  EXPECT_EQ(score(score_average_precision, {0.0F, -0.0F}, {{1, 0}}, 2).scores(0, 1), 0.5);
}
// Pairs (1, 0): 9>5, 9>2, 2<5, 2=2: (2 + 0.5) / 4.
TEST(Auroc, CountsTiesHalf) {
  const NeuronScores found = score(score_auroc, {9, 5, 2, 2}, {{1, 0, 1, 0}}, 2);
  EXPECT_NEAR(found.layers[0].second(0, 1), 2.5 / 4, 1e-12);
  EXPECT_NEAR(found.layers[0].second(0, 0), 1.5 / 4, 1e-12);
  EXPECT_NEAR(found.scores(0, 0), 2.5 / 4, 1e-12) << "to the better side";
}
// "x <= 1" takes both of class 1 and one of class 0: F1 = 2*2 / (3 + 2).
TEST(ThresholdF1, TakesTheBetterSideAndSaysWhere) {
  const NeuronScores found = score(score_threshold_f1, {0, 0.5F, 1, 2, 3}, {{1, 0, 1, 0, 0}}, 2);
  EXPECT_NEAR(found.scores(0, 1), 0.8, 1e-12);
  EXPECT_EQ(found.layers[0].second(0, 1), 1);
  EXPECT_EQ(found.layers[1].second(0, 1), -1);
  EXPECT_NEAR(found.scores(0, 0), 6.0 / 7, 1e-12) << "x >= 0.5: 2*3 / (4 + 3)";
  EXPECT_EQ(found.layers[1].second(0, 0), 1);
}

// The 0.5 quantile of 0, 1, 2, 3 is 1.5: on are 2 and 3; class 1 holds 1 and 3: 1 of 3 in the union.
TEST(IouQuantile, IsTheOverlapOfTheHighestValuesWithAClass) {
  const NeuronScores found = score(score_iou_quantile, {0, 1, 2, 3}, {{0, 1, 0, 1}}, 2, {.quantile = 0.5});
  EXPECT_NEAR(found.scores(0, 1), 1.0 / 3, 1e-12);
  EXPECT_EQ(found.layers[0].second(0, 1), 1.5);
  EXPECT_EQ(refusal([] {
              score(score_iou_quantile, {0, 1}, {{0, 1}}, 2, {.quantile = 1});
            }),
            "the quantile is 1: it must lie in (0, 1)");
}
TEST(IouThreshold, IsTheOverlapOfWhatIsAbove) {
  EXPECT_NEAR(score(score_iou_threshold, {0, 1, 2, 3}, {{0, 1, 0, 1}}, 2).scores(0, 1), 2.0 / 3, 1e-12);
}

TEST(MutualInformation, OfACopyOfTheLabelIsItsEntropy) {
  const NeuronScores found =
      score(score_mutual_information_width, {0, 0, 1, 2}, {{0, 0, 1, 2}}, 3, {.bins = 3});
  const double entropy = 0.5 * std::log(2.0) + 0.5 * std::log(4.0);
  EXPECT_NEAR(found.scores(0, 3), entropy, 1e-12);
  EXPECT_NEAR(found.scores(0, 0), std::log(2.0), 1e-12) << "class 0 and not: one bit";
  EXPECT_EQ(refusal([] {
              score(score_mutual_information, {0, 1}, {{0, 1}}, 2, {.bins = 1});
            }),
            "1 bins: at least 2 are needed");
}
TEST(MutualInformation, WithNumbersIsThatOfTheirQuantileBins) {
  std::vector<float> x;
  Labelling numbers;
  for (int i = 0; i < 40; ++i) {
    x.push_back(static_cast<float>(i));
    numbers.numbers.push_back(i);
  }
  EXPECT_NEAR(score(score_mutual_information, x, numbers, 0, {.bins = 4}).scores(0, 0), std::log(4.0), 1e-12);
}
// Two Gaussians of distance 2 and deviation 1, half each: I = 0.3369 nats (by quadrature).
TEST(NearestInformation, ComesToTheTrueInformationOfGaussians) {
  std::mt19937 engine(3);
  std::normal_distribution<float> normal;
  std::vector<float> x;
  Labelling labels;
  for (int i = 0; i < 6000; ++i) {
    labels.y.push_back(i % 2);
    x.push_back(normal(engine) + (i % 2 == 0 ? 1.0F : -1.0F));
  }
  const NeuronScores found = score(score_nearest_information, x, labels, 2);
  EXPECT_NEAR(found.scores(0, 2), 0.3369, 0.02);
  EXPECT_NEAR((found.scores(0, 0) + found.scores(0, 1)) / 2, found.scores(0, 2), 1e-12)
      << "the mean over classes of one size";
}
TEST(NearestInformation, OfValuesThatRepeatCountsTheRepeats) {
  // Class 0 is 0 always, class 1 is 1 always: one bit.
  std::vector<float> x;
  Labelling labels;
  for (int i = 0; i < 400; ++i) {
    labels.y.push_back(i % 2);
    x.push_back(static_cast<float>(i % 2));
  }
  EXPECT_NEAR(score(score_nearest_information, x, labels, 2).scores(0, 2), std::log(2.0), 0.01);
  std::fill(x.begin(), x.end(), 1.0F);
  EXPECT_NEAR(score(score_nearest_information, x, labels, 2).scores(0, 2), 0, 0.01);
}

// Class 1 at 10 +- 1, rest at 0 +- 1: the Gaussians meet half way and nothing is taken wrongly.
TEST(GaussianF1, OfClassesFarApartIsOne) {
  const NeuronScores found = score(score_gaussian_f1, {-1, 1, 9, 11}, {{0, 0, 1, 1}}, 2);
  EXPECT_EQ(found.scores(0, 0), 1);
  EXPECT_EQ(found.scores(0, 1), 1);
}
// A narrow class within a wide one is an interval, which no threshold finds.
TEST(GaussianF1, FindsAnIntervalThatNoThresholdDoes) {
  const std::vector<float> x{-9, -6, -0.1F, 0, 0.1F, 6, 9};
  const Labelling labels{{0, 0, 1, 1, 1, 0, 0}};
  EXPECT_EQ(score(score_gaussian_f1, x, labels, 2).scores(0, 1), 1);
  EXPECT_LT(score(score_threshold_f1, x, labels, 2).scores(0, 1), 0.8);
}

}  // namespace
}  // namespace neurox
