#include "neurox/probe/ridge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "oracle_files.h"
#include "support.h"
#include "synthetic.h"

namespace neurox {
namespace {

using neurox::testing::Hdf5File;
using neurox::testing::made_up;
using neurox::testing::refusal;
using neurox::testing::shared;
using neurox::testing::StreamedRows;
using ::testing::HasSubstr;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// A numeric label: a sum of two neurons, an offset and noise.
std::vector<double> numeric_label(const MatrixF& X) {
  std::vector<double> y;
  for (Index i = 0; i < X.rows(); ++i)
    y.push_back(5 + 2 * static_cast<double>(X(i, 1)) - static_cast<double>(X(i, 3)) +
                std::sin(static_cast<double>(i * i)));
  return y;
}

RidgeFit ridge_of(const RowSource& X, const std::vector<double>& y, double lambda,
                  const RidgeOptions& o = {}) {
  return fit_ridge(X, y, std::vector<double>{lambda}, o).front();
}

/// z = -1, 1 and labels 0, 2: Z'(y - 1)/n = 1 and Z'Z/n = 1, so w = 1 / (1 + lambda).
TEST(Ridge, TwoTokensHaveTheSolutionFoundOnPaper) {
  MatrixF X(2, 1);
  X << 10, 30;
  const RidgeFit fit = ridge_of(MatrixRows(X), {0, 2}, 0.25);
  EXPECT_NEAR(fit.w(0), 0.8, 1e-12);
  EXPECT_NEAR(fit.b, 1, 1e-12);
  EXPECT_NEAR(fit.r_squared, 1 - 0.04, 1e-12) << "errors are 0.2 where labels are 1 away from their mean";
  EXPECT_NEAR(fit.objective, 0.02 + 0.125 * 0.64, 1e-12);
  EXPECT_NEAR(predict_ridge(MatrixRows(X), fit)(1), 1.8, 1e-6);
}

TEST(Ridge, TheGradientIsZeroAtTheSolution) {
  auto data = made_up(700, 30, 2);
  data.X.col(8).setConstant(3);
  const std::vector<double> y = numeric_label(data.X);
  for (double lambda : {1.0, 1e-2, 1e-5}) {
    const RidgeFit fit = ridge_of(MatrixRows(data.X), y, lambda);
    EXPECT_TRUE(fit.converged);
    MatrixD Z = (data.X.cast<double>().rowwise() - fit.mean.transpose()).array().rowwise() /
                fit.scale.transpose().array();
    Z.col(8).setZero();
    const VectorD error = (Z * fit.w).array() + fit.b - Eigen::Map<const VectorD>(y.data(), 700).array();
    const VectorD gradient = Z.transpose() * error / 700 + lambda * fit.w;
    EXPECT_LT(gradient.cwiseAbs().maxCoeff(), 1e-5) << "of float32 activations";
    EXPECT_NEAR(fit.objective, error.squaredNorm() / 1400 + lambda / 2 * fit.w.squaredNorm(), 1e-6);
    EXPECT_EQ(fit.w(8), 0);
    EXPECT_NEAR(r_squared(y, predict_ridge(MatrixRows(data.X), fit)), fit.r_squared, 1e-6);
  }
}

TEST(Ridge, PassesOverTheRowsGiveTheSameAsProductsInMemory) {
  const auto data = made_up(900, 20, 2);
  const std::vector<double> y = numeric_label(data.X);
  const StreamedRows streamed(data.X);
  RidgeOptions o;
  o.memory_bytes = 100;
  const RidgeFit a = ridge_of(MatrixRows(data.X), y, 0.01), b = ridge_of(streamed, y, 0.01, o);
  EXPECT_LT((a.w - b.w).cwiseAbs().maxCoeff(), 1e-7);
  EXPECT_NEAR(a.r_squared, b.r_squared, 1e-9);
}

TEST(Ridge, CopiesOfANeuronShareItsWeight) {
  auto data = made_up(500, 6, 2);
  const std::vector<double> y = numeric_label(data.X);
  data.X.col(5) = data.X.col(1);
  const RidgeFit fit = ridge_of(MatrixRows(data.X), y, 0.01);
  EXPECT_NEAR(fit.w(1), fit.w(5), 1e-8);
  EXPECT_GT(std::abs(fit.w(1)), 0.1);
}

TEST(Ridge, LabelsThatAreMissingAreLeftOutAndPenaltiesKeepTheirPlaces) {
  const auto data = made_up(400, 8, 2);
  std::vector<double> y = numeric_label(data.X), some;
  MatrixF X(200, 8);
  for (Index i = 0; i < 400; ++i) {
    if (i % 2 == 1) {
      y[static_cast<std::size_t>(i)] = kNone;
      continue;
    }
    X.row(i / 2) = data.X.row(i);
    some.push_back(y[static_cast<std::size_t>(i)]);
  }
  const std::vector<double> lambdas{1e-3, 1.0, 1e-2};
  const std::vector<RidgeFit> with = fit_ridge(MatrixRows(data.X), y, lambdas, {});
  const std::vector<RidgeFit> without = fit_ridge(MatrixRows(X), some, lambdas, {});
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(with[i].lambda, lambdas[i]);
    EXPECT_LT((with[i].w - without[i].w).cwiseAbs().maxCoeff(), 1e-9);
  }
  EXPECT_GT(with[0].r_squared, with[2].r_squared);
  EXPECT_GT(with[2].r_squared, with[1].r_squared);
}

TEST(Ridge, WhatCannotBeFittedIsRefused) {
  const MatrixRows X(MatrixF::Random(3, 2));
  const std::vector<double> y{1, 2, 3}, one{0.1};
  EXPECT_EQ(refusal([&] { fit_ridge(X, y, std::vector<double>{}, {}); }), "ridge regression needs a penalty");
  EXPECT_EQ(refusal([&] { ridge_of(X, y, 0); }), "lambda is 0: it must be positive");
  EXPECT_EQ(refusal([&] { ridge_of(X, {1, 2}, 1); }), "2 labels but activations of 3 tokens");
  EXPECT_EQ(refusal([&] {
              ridge_of(X, {1, 2, std::numeric_limits<double>::infinity()}, 1);
            }),
            "the label of token 2 is infinite");
  EXPECT_EQ(refusal([&] {
              ridge_of(X, {1, kNone, 1}, 1);
            }),
            "the labels of the 2 tokens that have one do not vary: nothing to predict");
  EXPECT_EQ(refusal([&] { predict_ridge(MatrixRows(MatrixF::Random(3, 5)), ridge_of(X, y, 1)); }),
            "the probe has 2 neurons but the activations 5");
  EXPECT_EQ(refusal([&] { r_squared(y, VectorD::Zero(2)); }), "3 labels but 2 predictions");
  EXPECT_TRUE(std::isnan(r_squared(std::vector<double>{1, 1}, VectorD::Zero(2))));
}

/// sklearn.linear_model.Ridge(alpha=4000*lambda, solver="cholesky") on StandardScaler'd X6, column 127 set to
/// 0; the label is the number of bytes of the word.
TEST(RidgeOracle, WeightsAndRSquaredAreScikitLearns) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Hdf5File data(folder / "data.h5");
  const MatrixRows train(data.matrix("X6_train")), dev(data.matrix("X6_dev"));
  const auto lengths = [&](const std::string& name) {
    std::vector<double> out;
    for (const std::string& word : data.strings(name)) out.push_back(static_cast<double>(word.size()));
    return out;
  };
  const std::vector<double> y = lengths("words_train"), y_dev = lengths("words_dev");
  struct Expected {
    double lambda, train, dev, b;
    Index neuron;
    double w;
  };
  const std::vector<Expected> expected{
      {0.1, 0.5036235063278112, 0.36706276998956955, 4.19075, 63, -0.7970699460272497},
      {0.001, 0.5084813143413085, 0.3518707125973547, 4.19075, 63, -0.944207642045275}};
  for (const Expected& e : expected) {
    const RidgeFit fit = ridge_of(train, y, e.lambda);
    EXPECT_NEAR(fit.r_squared, e.train, 1e-6);
    EXPECT_NEAR(r_squared(y_dev, predict_ridge(dev, fit)), e.dev, 1e-6);
    EXPECT_NEAR(fit.b, e.b, 1e-6);
    Index at = 0;
    fit.w.cwiseAbs().maxCoeff(&at);
    EXPECT_EQ(at, e.neuron);
    EXPECT_NEAR(fit.w(at), e.w, 1e-5);
    EXPECT_EQ(fit.dead, std::vector<Index>{127});
  }
}

}  // namespace
}  // namespace neurox
