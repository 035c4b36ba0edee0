#include "neurox/rank/gaussian_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "neurox/rank/gaussian_scan.h"
#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct GaussianData {
  MatrixF X;
  std::vector<int> y;
};

/// Classes with means and correlations of their own on a few neurons, the others noise; scales differ.
GaussianData gaussian_data(Index tokens, Index neurons, int classes, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  const MatrixF means = MatrixF::NullaryExpr(classes, neurons, [&] { return 0.5F * normal(engine); });
  const MatrixF mixing = MatrixF::NullaryExpr(neurons, neurons, [&] { return 0.3F * normal(engine); });
  GaussianData data{MatrixF(tokens, neurons), {}};
  for (Index i = 0; i < tokens; ++i) {
    const auto v = static_cast<int>(i % classes);
    const Eigen::RowVectorXf z = Eigen::RowVectorXf::NullaryExpr(neurons, [&] { return normal(engine); });
    data.y.push_back(v);
    data.X.row(i) = z + z * mixing * static_cast<float>(v % 2) + means.row(v);
  }
  for (Index j = 0; j < neurons; ++j) data.X.col(j) = (data.X.col(j).array() * static_cast<float>(j + 1)) + 3;
  return data;
}

GaussianSelectionOptions by(GaussianPrior prior, GaussianCriterion criterion, Index count) {
  GaussianSelectionOptions o;
  o.gaussian.prior = prior;
  o.criterion = criterion;
  o.count = count;
  return o;
}

/// Inverse by Gauss and Jordan, and the logarithm of the determinant, of a positive definite matrix.
struct Inverted {
  Eigen::MatrixXd inverse;
  double log_determinant = 0;
};
Inverted invert(Eigen::MatrixXd A) {
  const Index k = A.rows();
  Inverted out{Eigen::MatrixXd::Identity(k, k)};
  for (Index a = 0; a < k; ++a) {
    const double pivot = A(a, a);
    out.log_determinant += std::log(pivot);
    A.row(a) /= pivot;
    out.inverse.row(a) /= pivot;
    for (Index b = 0; b < k; ++b) {
      if (b == a) continue;
      const double factor = A(b, a);
      A.row(b) -= factor * A.row(a);
      out.inverse.row(b) -= factor * out.inverse.row(a);
    }
  }
  return out;
}

/// Posterior, likelihood and accuracy from the definition: covariance matrices and their inverses.
GaussianInformation by_definition(const GaussianData& train, const GaussianData& rows,
                                  const std::vector<Index>& chosen, GaussianPrior prior) {
  const int classes = *std::max_element(train.y.begin(), train.y.end()) + 1;
  const auto k = static_cast<Index>(chosen.size());
  const auto columns = [&](const MatrixF& X) {
    MatrixD out(X.rows(), k);
    for (Index a = 0; a < k; ++a) out.col(a) = X.col(chosen[static_cast<std::size_t>(a)]).cast<double>();
    return out;
  };
  const MatrixD A = columns(train.X), B = columns(rows.X);
  MatrixD logits(B.rows(), classes);
  for (int v = 0; v < classes; ++v) {
    std::vector<Index> own;
    for (std::size_t i = 0; i < train.y.size(); ++i)
      if (train.y[i] == v) own.push_back(static_cast<Index>(i));
    const auto n = static_cast<double>(own.size());
    const Eigen::RowVectorXd mean = A(own, Eigen::all).colwise().mean();
    const MatrixD centred = MatrixD(A(own, Eigen::all)).rowwise() - mean;
    Eigen::MatrixXd S = centred.transpose() * centred;
    const Eigen::VectorXd diagonal = S.diagonal();
    const auto d = static_cast<double>(train.X.cols());
    if (prior == GaussianPrior::MaximumLikelihood) S /= n;
    if (prior == GaussianPrior::Map) S = (S + Eigen::MatrixXd((diagonal / n).asDiagonal())) / (n + 2 * d + 4);
    if (prior == GaussianPrior::MapUnbiased)
      S = (S + Eigen::MatrixXd((diagonal / (n - 1)).asDiagonal())) / (n + 2 * d + 4);
    if (prior == GaussianPrior::Shrunk)
      S = (S + Eigen::MatrixXd((100 / n * diagonal).asDiagonal())) / (n + 100);
    const auto [inverse, log_determinant] = invert(S);
    for (Index i = 0; i < B.rows(); ++i) {
      const Eigen::RowVectorXd r = B.row(i) - mean;
      logits(i, v) = std::log(n / static_cast<double>(train.y.size())) - 0.5 * log_determinant -
                     0.5 * (r * inverse * r.transpose())(0);
    }
  }
  GaussianInformation out;
  for (Index i = 0; i < B.rows(); ++i) {
    Index best = 0;
    const double top = logits.row(i).maxCoeff(&best);
    const int label = rows.y[static_cast<std::size_t>(i)];
    out.log_likelihood += logits(i, label) - top - std::log((logits.row(i).array() - top).exp().sum());
    out.accuracy += best == label ? 1 : 0;
  }
  out.log_likelihood /= static_cast<double>(B.rows());
  out.accuracy /= static_cast<double>(B.rows());
  return out;
}

/// NeuroX's own test: classes {-1.05, 0 | 1.05, 0}, {-1.1, -1.05 | 1.1, 1.03} and {.01, .005 | .003, .1}. The
/// second neuron tells all four tokens; then no further one can add anything, and ties go to the lowest.
TEST(GaussianSelection, NeuroXsExampleIsOrderedAsThere) {
  MatrixF X(4, 3);
  X << -1.05F, -1.1F, .01F, 0, -1.05F, .005F, 1.05F, 1.1F, .003F, 0, 1.03F, .1F;
  const std::vector<int> y{0, 0, 1, 1};
  const GaussianSelection s = select_gaussian(
      MatrixRows(X), y, std::nullopt, by(GaussianPrior::MapUnbiased, GaussianCriterion::TrainLikelihood, 3));
  EXPECT_EQ(s.steps[0].neuron, 1);
  EXPECT_NEAR(s.steps[0].train.information, 1, 1e-3);
  EXPECT_NEAR(s.steps[0].train.normalised, 1, 1e-3);
  EXPECT_EQ(s.steps[0].train.accuracy, 1);
  EXPECT_FALSE(s.steps[0].held_out.has_value());
}

/// Two tokens a class at -1 +- 1 and +1 +- 1: by maximum likelihood both have variance 1, so that
/// ln p(1)/p(0) = 2x, and the four tokens have p = sigma(4), sigma(0), sigma(0), sigma(4).
TEST(GaussianSelection, FourTokensHaveTheInformationFoundOnPaper) {
  MatrixF X(4, 1);
  X << -2, 0, 0, 2;
  const GaussianSelection s =
      select_gaussian(MatrixRows(X), std::vector<int>{0, 0, 1, 1}, std::nullopt,
                      by(GaussianPrior::MaximumLikelihood, GaussianCriterion::TrainLikelihood, 1));
  const double expected = 0.5 * (-std::log(1 + std::exp(-4.0)) - std::numbers::ln2);
  EXPECT_NEAR(s.steps[0].criterion, expected, 1e-12);
  EXPECT_NEAR(s.steps[0].train.entropy, 1, 1e-12);
  EXPECT_NEAR(s.steps[0].train.information, 1 + expected / std::numbers::ln2, 1e-12);
  EXPECT_NEAR(s.steps[0].gain, expected + std::numbers::ln2, 1e-12);
  EXPECT_EQ(s.steps[0].train.accuracy, 0.75) << "0 is a tie, which the lower class wins";
}

TEST(GaussianSelection, EveryStepIsTheBestCandidateByTheDefinition) {
  const GaussianData train = gaussian_data(300, 9, 3, 1), held = gaussian_data(120, 9, 3, 1);
  const MatrixRows rows(held.X);
  for (GaussianPrior prior : {GaussianPrior::Shrunk, GaussianPrior::Map, GaussianPrior::MapUnbiased,
                              GaussianPrior::MaximumLikelihood})
    for (GaussianCriterion criterion :
         {GaussianCriterion::TrainLikelihood, GaussianCriterion::HeldOutLikelihood}) {
      const GaussianSelection s = select_gaussian(MatrixRows(train.X), train.y, GaussianHeldOut{rows, held.y},
                                                  by(prior, criterion, 4));
      const bool on_train = criterion == GaussianCriterion::TrainLikelihood;
      std::vector<Index> chosen;
      for (const GaussianStep& step : s.steps) {
        Index best = -1;
        double top = -std::numeric_limits<double>::infinity();
        for (Index j = 0; j < 9; ++j) {
          if (std::find(chosen.begin(), chosen.end(), j) != chosen.end()) continue;
          std::vector<Index> with = chosen;
          with.push_back(j);
          const double value = by_definition(train, on_train ? train : held, with, prior).log_likelihood;
          if (value <= top) continue;
          top = value;
          best = j;
        }
        EXPECT_EQ(step.neuron, best);
        EXPECT_NEAR(step.criterion, top, 1e-6);
        chosen.push_back(best);
        const GaussianInformation on_held = by_definition(train, held, chosen, prior);
        EXPECT_NEAR(step.held_out->log_likelihood, on_held.log_likelihood, 1e-6);
        EXPECT_NEAR(step.held_out->accuracy, on_held.accuracy, 1e-12);
      }
    }
}

TEST(GaussianSelection, ScoresInFloatAndInDoubleAgree) {
  const GaussianData data = gaussian_data(2500, 70, 5, 2);
  const MatrixRows X(data.X);
  const Standardisation stats = measure_columns(X);
  const StandardRows Z(X, stats, 1 << 30);
  GaussianClasses classes(Z, data.y, 5, {});
  GaussianRows rows(Z, data.y);
  std::vector<Index> all;
  for (Index j = 0; j < 70; ++j) all.push_back(j);
  for (Index neuron : {3, 60, 41}) {
    const CandidateScores fast = scan_candidates(classes, rows), exact = score_candidates(classes, rows, all);
    for (Index j : all) {
      if (std::find(classes.order().begin(), classes.order().end(), j) != classes.order().end()) continue;
      EXPECT_NEAR(fast.log_likelihood(j), exact.log_likelihood(j), 2e-6) << j;
      EXPECT_NEAR(fast.accuracy(j), exact.accuracy(j), 1.01 / 2500) << j;
    }
    classes.add(neuron);
    rows.add(neuron);
  }
}

TEST(GaussianSelection, TheScaleOfANeuronChangesNothing) {
  GaussianData data = gaussian_data(400, 6, 3, 3);
  const GaussianSelectionOptions o = by(GaussianPrior::Shrunk, GaussianCriterion::TrainLikelihood, 6);
  const GaussianSelection before = select_gaussian(MatrixRows(data.X), data.y, std::nullopt, o);
  for (Index j = 0; j < 6; ++j)
    data.X.col(j) = (data.X.col(j).array() * std::ldexp(1.0F, static_cast<int>(j))) - 1;
  const GaussianSelection after = select_gaussian(MatrixRows(data.X), data.y, std::nullopt, o);
  EXPECT_EQ(before.order(), after.order());
  for (std::size_t k = 0; k < 6; ++k) EXPECT_NEAR(before.steps[k].criterion, after.steps[k].criterion, 1e-5);
}

TEST(GaussianSelection, RowsReadByBandsGiveTheSameBits) {
  const GaussianData data = gaussian_data(3000, 40, 4, 4);
  GaussianSelectionOptions o = by(GaussianPrior::Shrunk, GaussianCriterion::TrainLikelihood, 5);
  const GaussianSelection whole = select_gaussian(MatrixRows(data.X), data.y, std::nullopt, o);
  o.gaussian.memory_bytes = 1;
  const GaussianSelection streamed = select_gaussian(MatrixRows(data.X), data.y, std::nullopt, o);
  EXPECT_EQ(whole.order(), streamed.order());
  for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(whole.steps[k].criterion, streamed.steps[k].criterion);
}

TEST(GaussianSelection, ConstantNeuronsComeLastAndCopiesAddNothing) {
  GaussianData data = gaussian_data(500, 6, 2, 5);
  data.X.col(2).setConstant(7);
  data.X.col(0).setZero();
  data.X.col(5) = data.X.col(4);
  for (GaussianPrior prior : {GaussianPrior::Shrunk, GaussianPrior::MaximumLikelihood}) {
    const GaussianSelection s = select_gaussian(MatrixRows(data.X), data.y, std::nullopt,
                                                by(prior, GaussianCriterion::TrainLikelihood, 20));
    EXPECT_THAT(s.constant, ElementsAre(0, 2));
    ASSERT_EQ(s.steps.size(), 6U) << "all there are";
    EXPECT_EQ(s.steps[4].neuron, 0);
    EXPECT_EQ(s.steps[5].neuron, 2);
    EXPECT_EQ(s.steps[5].criterion, s.steps[3].criterion);
    const auto at = [&](Index j) {
      const std::vector<Index> order = s.order();
      return std::find(order.begin(), order.end(), j) - order.begin();
    };
    EXPECT_LT(at(4), at(5)) << "of equal neurons the lower is chosen first";
    if (prior == GaussianPrior::MaximumLikelihood) {
      EXPECT_NEAR(s.steps[static_cast<std::size_t>(at(5))].gain, 0, 1e-4);
    }
  }
}

TEST(GaussianSelection, ANeuronConstantWithinOneClassCanBeChosen) {
  GaussianData data = gaussian_data(300, 3, 2, 6);
  for (Index i = 0; i < 300; i += 2) data.X(i, 1) = -20;
  for (GaussianPrior prior : {GaussianPrior::Shrunk, GaussianPrior::MaximumLikelihood}) {
    const GaussianSelection s = select_gaussian(MatrixRows(data.X), data.y, std::nullopt,
                                                by(prior, GaussianCriterion::TrainLikelihood, 3));
    EXPECT_EQ(s.steps[0].neuron, 1);
    EXPECT_EQ(s.steps[0].train.accuracy, 1);
    for (const GaussianStep& step : s.steps) EXPECT_TRUE(std::isfinite(step.criterion));
  }
}

/// An exclusive or has equal class means and variances on each neuron, and covariances of opposite sign.
TEST(GaussianSelection, APairThatOnlyTogetherTellsTheLabelIsFoundByItsInformation) {
  std::mt19937 engine(7);
  std::normal_distribution<float> normal;
  GaussianData data{MatrixF::NullaryExpr(2000, 4, [&] { return normal(engine); }), {}};
  for (Index i = 0; i < 2000; ++i) data.y.push_back(data.X(i, 1) * data.X(i, 3) > 0 ? 1 : 0);
  const auto o = by(GaussianPrior::Shrunk, GaussianCriterion::TrainLikelihood, 2);
  const auto bits = [&](std::vector<Index> pair) {
    return gaussian_of_subset(MatrixRows(data.X), data.y, std::nullopt, pair, o)
        .steps.back()
        .train.information;
  };
  EXPECT_LT(bits({1}), 0.01);
  EXPECT_LT(bits({3}), 0.01);
  EXPECT_LT(bits({0, 2}), 0.01);
  EXPECT_GT(bits({1, 3}), 0.4);
}

TEST(GaussianSelection, LeftOutTokensAreNotThere) {
  GaussianData data = gaussian_data(300, 5, 3, 8);
  GaussianData some{MatrixF(200, 5), {}};
  for (Index i = 0; i < 300; ++i) {
    if (i % 3 == 2) {
      data.y[static_cast<std::size_t>(i)] = -1;
    } else {
      some.X.row(static_cast<Index>(some.y.size())) = data.X.row(i);
      some.y.push_back(data.y[static_cast<std::size_t>(i)]);
    }
  }
  const auto o = by(GaussianPrior::Map, GaussianCriterion::TrainLikelihood, 3);
  const GaussianSelection with = select_gaussian(MatrixRows(data.X), data.y, std::nullopt, o);
  const GaussianSelection without = select_gaussian(MatrixRows(some.X), some.y, std::nullopt, o);
  EXPECT_EQ(with.order(), without.order());
  EXPECT_EQ(with.steps[2].train.tokens, 200);
  EXPECT_NEAR(with.steps[2].criterion, without.steps[2].criterion, 1e-6);
}

TEST(GaussianSelection, WhatCannotBeChosenFromIsRefused) {
  const MatrixRows X(MatrixF::Random(4, 3));
  const auto o = by(GaussianPrior::Map, GaussianCriterion::TrainLikelihood, 2);
  const auto said = [&](std::vector<int> y, const GaussianSelectionOptions& options) {
    return refusal([&] { select_gaussian(X, y, std::nullopt, options); });
  };
  EXPECT_EQ(said({0, 1, 0}, o), "3 labels but activations of 4 tokens");
  EXPECT_EQ(said({0, 1, 0, -2}, o), "label of token 3 is -2: expected -1 to 1");
  EXPECT_EQ(said({0, 0, 0, 1}, o), "class 1 has 1 training token: a Gaussian needs at least 2");
  EXPECT_EQ(said({0, 0, 0, 0}, o), "1 class(es) with training tokens: nothing to tell apart");
  EXPECT_EQ(said({0, 0, 1, 1}, by(GaussianPrior::Map, GaussianCriterion::TrainLikelihood, 0)),
            "0 neurons to choose: at least 1");
  EXPECT_EQ(said({0, 0, 1, 1}, by(GaussianPrior::Map, GaussianCriterion::HeldOutAccuracy, 1)),
            "the criterion is on held-out tokens but there are none");
  const std::vector<int> y{0, 0, 1, 1};
  EXPECT_EQ(refusal([&] {
              gaussian_of_subset(X, y, std::nullopt, std::vector<Index>{1, 3}, o);
            }),
            "neuron 3 is out of range: there are 3");
  EXPECT_EQ(refusal([&] {
              gaussian_of_subset(X, y, std::nullopt, std::vector<Index>{1, 1}, o);
            }),
            "neuron 1 is named twice");
  MatrixF bad = MatrixF::Random(4, 3);
  bad(2, 1) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(refusal([&] { select_gaussian(MatrixRows(bad), y, std::nullopt, o); }),
              HasSubstr("activation of row 2, neuron 1 is NaN"));
}

}  // namespace
}  // namespace neurox
