#include "neurox/tcav/binary_logistic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "neurox/core/random.h"
#include "support.h"

namespace neurox::tcav {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

struct Rows {
  MatrixD X;
  std::vector<int> y;
};

/// Rows with a shift along the first neuron.
Rows shifted_rows(Index rows, Index neurons, std::uint64_t seed) {
  Random random(seed);
  Rows data{MatrixD(rows, neurons), {}};
  for (Index i = 0; i < rows; ++i) {
    data.y.push_back(static_cast<int>(i % 2));
    for (Index j = 0; j < neurons; ++j)
      data.X(i, j) = static_cast<double>(random.below(2001)) / 1000.0 - 1 + (j == 0 && i % 2 == 1 ? 0.4 : 0);
  }
  return data;
}

/// Largest entry of the gradient of J, by its formula.
double gradient(const Rows& data, const BinaryLogisticFit& fit, double C) {
  VectorD g = fit.w;
  double intercept = 0;
  for (Index i = 0; i < data.X.rows(); ++i) {
    const double p = 1 / (1 + std::exp(-(data.X.row(i).dot(fit.w) + fit.b)));
    const double error = C * (p - data.y[static_cast<std::size_t>(i)]);
    g += error * data.X.row(i).transpose();
    intercept += error;
  }
  return std::max(g.cwiseAbs().maxCoeff(), std::abs(intercept));
}

TEST(BinaryLogistic, TwoPointsAreSolvedByOneEquation) {
  // x = -1, 1: by symmetry b = 0, and w = C (1 - p) 2 with p = 1 / (1 + exp(-w)); for C = 1: w = 2 / (1 +
  // e^w).
  const MatrixD X = (MatrixD(2, 1) << -1, 1).finished();
  const std::vector<int> y{0, 1};
  const BinaryLogisticFit fit = fit_binary_logistic(X, y, {});
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.w[0], 2 / (1 + std::exp(fit.w[0])), 1e-12);
  EXPECT_NEAR(fit.b, 0, 1e-12);
}
TEST(BinaryLogistic, TheGradientIsZeroWithMoreNeuronsThanRowsAndWithFewer) {
  for (const auto& [rows, neurons] : {std::pair<Index, Index>{40, 100}, {100, 7}})
    for (const double C : {1e-3, 1.0, 1e4}) {
      const Rows data = shifted_rows(rows, neurons, 7);
      const BinaryLogisticFit fit = fit_binary_logistic(data.X, data.y, {C});
      EXPECT_TRUE(fit.converged) << C;
      EXPECT_LT(gradient(data, fit, C), 1e-8 * std::max(1.0, C)) << rows << " rows, C " << C;
    }
}
TEST(BinaryLogistic, TurningTheNeuronsTurnsTheWeights) {
  const Rows data = shifted_rows(30, 3, 1);
  const double a = 0.7;
  const MatrixD turn =
      (MatrixD(3, 3) << std::cos(a), -std::sin(a), 0, std::sin(a), std::cos(a), 0, 0, 0, 1).finished();
  const BinaryLogisticFit plain = fit_binary_logistic(data.X, data.y, {});
  const BinaryLogisticFit turned = fit_binary_logistic(data.X * turn.transpose(), data.y, {});
  EXPECT_LT((turned.w - turn * plain.w).cwiseAbs().maxCoeff(), 1e-9);
  EXPECT_NEAR(turned.b, plain.b, 1e-9);
}
TEST(BinaryLogistic, RefusesWhatHasNoAnswer) {
  const MatrixD X = MatrixD::Ones(2, 1);
  EXPECT_THAT(refusal([&] { fit_binary_logistic(X, std::vector<int>{1}, {}); }),
              HasSubstr("2 rows but 1 labels"));
  EXPECT_THAT(refusal([&] {
                fit_binary_logistic(X, std::vector<int>{1, 1}, {});
              }),
              HasSubstr("all 2 labels are alike"));
  EXPECT_THAT(refusal([&] {
                fit_binary_logistic(X, std::vector<int>{1, 2}, {});
              }),
              HasSubstr("label 2 is neither 0 nor 1"));
  EXPECT_THAT(refusal([&] { fit_binary_logistic(X, std::vector<int>{1, 0}, {0}); }), HasSubstr("C is 0"));
}

}  // namespace
}  // namespace neurox::tcav
