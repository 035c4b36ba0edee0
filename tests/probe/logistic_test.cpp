#include "neurox/probe/logistic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "neurox/probe/evaluation.h"
#include "support.h"
#include "synthetic.h"

namespace neurox {
namespace {

using neurox::testing::made_up;
using neurox::testing::refusal;
using neurox::testing::StreamedRows;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// J and its smallest subgradient in double, written from the definition alone.
struct Reference {
  double objective = 0, residual = 0;
  MatrixD gradient_W;
};
Reference reference(const MatrixF& X, const std::vector<int>& y, const LogisticFit& fit,
                    const LogisticOptions& o) {
  MatrixD Z =
      (X.cast<double>().rowwise() - fit.mean.transpose()).array().rowwise() / fit.scale.transpose().array();
  for (Index j : fit.dead) Z.col(j).setZero();
  const MatrixD W = fit.W.cast<double>();
  MatrixD P = (Z * W.transpose()).rowwise() + fit.b.cast<double>().transpose();
  const double n = static_cast<double>(X.rows());
  Reference r;
  for (Index i = 0; i < P.rows(); ++i) {
    const double own = P(i, y[static_cast<std::size_t>(i)]), top = P.row(i).maxCoeff();
    P.row(i) = (P.row(i).array() - top).exp();
    r.objective += (std::log(P.row(i).sum()) + top - own) / n;
    P.row(i) /= P.row(i).sum();
    P(i, y[static_cast<std::size_t>(i)]) -= 1;
  }
  const double l1 = o.lambda * o.l1_ratio, l2 = o.lambda * (1 - o.l1_ratio);
  r.objective +=
      l1 * W.lpNorm<1>() + l2 / 2 * W.squaredNorm() + o.bias_l2 / 2 * fit.b.cast<double>().squaredNorm();
  r.gradient_W = P.transpose() * Z / n + l2 * W;
  for (Index k = 0; k < W.rows(); ++k) {
    r.residual =
        std::max(r.residual, std::abs(P.col(k).sum() / n + o.bias_l2 * static_cast<double>(fit.b(k))));
    for (Index j = 0; j < W.cols(); ++j) {
      const double g = r.gradient_W(k, j);
      const double v = W(k, j) != 0 ? g + (W(k, j) > 0 ? l1 : -l1) : std::max(0.0, std::abs(g) - l1);
      r.residual = std::max(r.residual, std::abs(v));
    }
  }
  return r;
}

/// Two tokens at -1 and +1: by symmetry w = (-v, v), b = 0, and v solves -sigma(-2v) + L1 + L2 v = 0.
TEST(Logistic, TwoTokensHaveTheSolutionFoundOnPaper) {
  MatrixF X(2, 1);
  X << -1, 1;
  LogisticOptions o;
  o.lambda = 0.2;
  o.l1_ratio = 0.25;
  o.tolerance = 1e-6;
  const LogisticFit fit = fit_logistic(MatrixRows(X), std::vector<int>{0, 1}, o);
  double v = 0;
  for (int i = 0; i < 200; ++i) v += 0.5 * (1 / (1 + std::exp(2 * v)) - 0.05 - 0.15 * v);
  EXPECT_NEAR(fit.W(1, 0), v, 5e-6);
  EXPECT_NEAR(fit.W(0, 0), -v, 5e-6);
  EXPECT_NEAR(fit.b(0), 0, 1e-6);
  EXPECT_NEAR(fit.objective, std::log(1 + std::exp(-2 * v)) + 0.05 * 2 * v + 0.15 * v * v, 1e-7);
  EXPECT_TRUE(fit.converged);
}

/// The tutorial's contrast: of copies of a neuron L1 needs one, L2 gives them one weight.
TEST(Logistic, L1KeepsFewNeuronsAndL2SharesAWeightBetweenCopies) {
  auto data = made_up(1200, 24, 3);
  data.X.col(20) = data.X.col(1);
  LogisticOptions o;
  o.lambda = 0.03;
  o.tolerance = 2e-6;
  o.l1_ratio = 1;
  const LogisticFit lasso = fit_logistic(MatrixRows(data.X), data.y, o);
  o.l1_ratio = 0;
  const LogisticFit ridge = fit_logistic(MatrixRows(data.X), data.y, o);
  EXPECT_LT(lasso.nonzeros(), 24);
  EXPECT_EQ(ridge.nonzeros(), 72);
  EXPECT_LT((ridge.W.col(1) - ridge.W.col(20)).cwiseAbs().maxCoeff(), 1e-3F);
  const auto at_1 = lasso.W.col(1).cwiseAbs().sum(), at_20 = lasso.W.col(20).cwiseAbs().sum();
  EXPECT_GT(std::max(at_1, at_20), 0.1F);
}

TEST(Logistic, WithoutUsefulNeuronsItPredictsTheClassFrequencies) {
  // Label and neuron are independent: each value meets the classes in the same proportions, 1 : 3.
  MatrixF X(8, 1);
  X << 0, 0, 0, 0, 1, 1, 1, 1;
  const LogisticFit fit = fit_logistic(MatrixRows(X), std::vector<int>{0, 1, 1, 1, 0, 1, 1, 1}, {});
  EXPECT_NEAR(fit.W.cwiseAbs().maxCoeff(), 0, 1e-6);
  EXPECT_NEAR(fit.b(1) - fit.b(0), std::log(3.0), 1e-4);
}

TEST(Logistic, ObjectiveAndResidualAreThoseOfASecondRoute) {
  const auto data = made_up(3000, 20, 4);
  for (double ratio : {0.0, 0.5, 1.0}) {
    LogisticOptions o;
    o.lambda = 0.01;
    o.l1_ratio = ratio;
    const LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, o);
    const Reference r = reference(data.X, data.y, fit, o);
    EXPECT_TRUE(fit.converged) << fit.residual;
    EXPECT_NEAR(fit.objective, r.objective, 1e-6);
    EXPECT_NEAR(fit.residual, r.residual, 2e-6);
    if (ratio > 0) {
      EXPECT_LT(fit.nonzeros(), fit.W.size());
    }
  }
}

TEST(Logistic, TheGradientOfTheSecondRouteIsThatOfFiniteDifferences) {
  const auto data = made_up(200, 5, 3);
  LogisticOptions o;
  o.l1_ratio = 0;
  o.max_iterations = 1;
  LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, o);
  const Reference at = reference(data.X, data.y, fit, o);
  const float h = 1.0F / 64;  // exact in float32
  for (Index k = 0; k < 3; ++k)
    for (Index j = 0; j < 5; ++j) {
      LogisticFit up = fit, down = fit;
      up.W(k, j) += h;
      down.W(k, j) -= h;
      const double width = static_cast<double>(up.W(k, j)) - static_cast<double>(down.W(k, j));
      const double slope =
          (reference(data.X, data.y, up, o).objective - reference(data.X, data.y, down, o).objective) / width;
      EXPECT_NEAR(slope, at.gradient_W(k, j), 1e-4);
    }
}

TEST(Logistic, StreamingGivesTheSameBitsAsMemory) {
  const auto data = made_up(14000, 12, 3);
  LogisticOptions o;
  const LogisticFit in_memory = fit_logistic(MatrixRows(data.X), data.y, o);
  const StreamedRows streamed(data.X);
  o.memory_bytes = 200000;  // of 672,000
  const LogisticFit by_bands = fit_logistic(streamed, data.y, o);
  EXPECT_EQ(in_memory.W, by_bands.W);
  EXPECT_EQ(in_memory.b, by_bands.b);
  EXPECT_EQ(in_memory.objective, by_bands.objective);
  EXPECT_LE(streamed.rows_read, (by_bands.passes + 0) * data.X.rows());
}

TEST(Logistic, TheOrderOfNeuronsAndOfClassesDoesNotMatter) {
  const auto data = made_up(2000, 10, 3);
  LogisticOptions o;
  o.tolerance = 1e-6;
  const LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, o);
  MatrixF reversed = data.X.rowwise().reverse();
  std::vector<int> turned;
  for (int label : data.y) turned.push_back((label + 1) % 3);
  const LogisticFit other = fit_logistic(MatrixRows(reversed), turned, o);
  for (Index k = 0; k < 3; ++k)
    for (Index j = 0; j < 10; ++j) EXPECT_NEAR(fit.W(k, j), other.W((k + 1) % 3, 9 - j), 5e-4);
}

TEST(Logistic, ScaleAndShiftOfNeuronsDoNotMatterWhenStandardised) {
  const auto data = made_up(2000, 6, 3);
  MatrixF moved = (data.X.array() * 8.0F + 256.0F).matrix();
  LogisticOptions o;
  o.tolerance = 1e-6;
  const LogisticFit a = fit_logistic(MatrixRows(data.X), data.y, o);
  const LogisticFit b = fit_logistic(MatrixRows(moved), data.y, o);
  EXPECT_LT((a.W - b.W).cwiseAbs().maxCoeff(), 2e-3F);
}

TEST(Logistic, AShiftOfAllBiasesChangesNothing) {
  const auto data = made_up(500, 4, 3);
  LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, {});
  EXPECT_NEAR(fit.b.sum(), 0, 1e-5);
  const double before = reference(data.X, data.y, fit, {}).objective;
  fit.b.array() += 3;
  EXPECT_NEAR(reference(data.X, data.y, fit, {}).objective, before, 1e-6);
}

TEST(Logistic, ANeuronThatDoesNotVaryIsKeptApart) {
  auto data = made_up(600, 5, 2);
  data.X.col(3).setConstant(7);
  const LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, {});
  EXPECT_THAT(fit.dead, ElementsAre(3));
  EXPECT_EQ(fit.W.col(3).cwiseAbs().maxCoeff(), 0);
  MatrixF others(600, 4);
  others << data.X.leftCols(3), data.X.col(4);
  EXPECT_NEAR(fit.objective, fit_logistic(MatrixRows(others), data.y, {}).objective, 1e-6);
}

TEST(Logistic, AWarmStartAtTheOptimumIsDoneAtOnce) {
  const auto data = made_up(1500, 8, 3);
  LogisticOptions o;
  const LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, o);
  o.warm_start = &fit;
  o.tolerance = 1.5e-5;
  EXPECT_EQ(fit_logistic(MatrixRows(data.X), data.y, o).iterations, 0);
}

TEST(Logistic, TooFewIterationsAreReportedAndNoError) {
  const auto data = made_up(1500, 8, 3);
  LogisticOptions o;
  o.max_iterations = 1;
  const LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, o);
  EXPECT_FALSE(fit.converged);
  EXPECT_GT(fit.residual, o.tolerance);
}

TEST(Logistic, AToleranceThatFloatsCannotReachEndsAllTheSame) {
  const auto data = made_up(1500, 8, 3);
  LogisticOptions o;
  o.tolerance = 1e-14;
  const LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, o);
  EXPECT_FALSE(fit.converged);
  EXPECT_LT(fit.residual, 2e-6);
  EXPECT_LT(fit.iterations, 100);
}

TEST(Logistic, AClassWithoutTokensIsNeverPredicted) {
  const auto data = made_up(800, 5, 3);
  LogisticOptions o;
  o.num_classes = 5;
  const LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, o);
  EXPECT_EQ(fit.W.rows(), 5);
  EXPECT_EQ(fit.W.bottomRows(2).cwiseAbs().maxCoeff(), 0);
  for (int label : predict_classes(MatrixRows(data.X), fit)) EXPECT_LT(label, 3);
}

TEST(Logistic, RawWeightsScoreRawActivationsAlike) {
  const auto data = made_up(700, 6, 3);
  const LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, {});
  const RawWeights raw = raw_weights(fit);
  const MatrixD direct = (data.X.cast<double>() * raw.W.transpose()).rowwise() + raw.b.transpose();
  EXPECT_LT((direct - predict_logits(MatrixRows(data.X), fit).cast<double>()).cwiseAbs().maxCoeff(), 1e-4);
}

TEST(Logistic, WithoutStandardisingWeightsAreThoseOfRawNeurons) {
  const auto data = made_up(700, 6, 3);
  LogisticOptions o;
  o.standardise = false;
  const LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, o);
  EXPECT_EQ(fit.mean, VectorD::Zero(6));
  EXPECT_EQ(fit.scale, VectorD::Ones(6));
  EXPECT_NEAR(fit.objective, reference(data.X, data.y, fit, o).objective, 1e-6);
}

TEST(Logistic, WhatIsWrongWithTheDataIsSaid) {
  auto data = made_up(50, 3, 2);
  const auto fit = [&](const std::vector<int>& y, LogisticOptions o = {}) {
    fit_logistic(MatrixRows(data.X), y, o);
  };
  EXPECT_THAT(refusal([&] { fit(std::vector<int>(49, 0)); }),
              HasSubstr("49 labels but activations of 50 tokens"));
  EXPECT_THAT(refusal([&] { fit(std::vector<int>(50, 1)); }), HasSubstr("all 50 tokens have the same label"));
  std::vector<int> bad = data.y;
  bad[7] = -2;
  EXPECT_THAT(refusal([&] { fit(bad); }), HasSubstr("label of token 7 is -2"));
  bad[7] = 2;
  LogisticOptions two;
  two.num_classes = 2;
  EXPECT_THAT(refusal([&] { fit(bad, two); }), HasSubstr("label of token 7 is 2: expected 0 to 1"));
  data.X(31, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(refusal([&] { fit(data.y); }), HasSubstr("activation of row 31, neuron 2 is NaN"));
  data.X(31, 2) = std::numeric_limits<float>::infinity();
  EXPECT_THAT(refusal([&] { fit(data.y); }), HasSubstr("row 31, neuron 2 is infinite"));
}

TEST(Logistic, OptionsOutOfRangeAreRefused) {
  const auto data = made_up(50, 3, 2);
  const auto with = [&](auto change) {
    LogisticOptions o;
    change(o);
    return refusal([&] { fit_logistic(MatrixRows(data.X), data.y, o); });
  };
  EXPECT_THAT(with([](auto& o) { o.lambda = -1; }), HasSubstr("lambda is -1"));
  EXPECT_THAT(with([](auto& o) { o.l1_ratio = 1.5; }), HasSubstr("l1_ratio is 1.5"));
  EXPECT_THAT(with([](auto& o) { o.tolerance = 0; }), HasSubstr("tolerance is 0"));
  EXPECT_THAT(with([](auto& o) { o.max_iterations = 0; }), HasSubstr("max_iterations is 0"));
  const LogisticFit fit = fit_logistic(MatrixRows(data.X), data.y, {});
  const auto other = made_up(50, 4, 2);
  LogisticOptions o;
  o.warm_start = &fit;
  EXPECT_THAT(refusal([&] { fit_logistic(MatrixRows(other.X), other.y, o); }),
              HasSubstr("the warm start has 2 classes x 3 neurons but the data 2 x 4"));
  EXPECT_THAT(refusal([&] { predict_logits(MatrixRows(other.X), fit); }),
              HasSubstr("the probe has 3 neurons but the activations 4"));
}

}  // namespace
}  // namespace neurox
