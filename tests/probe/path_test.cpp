#include "neurox/probe/path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support.h"
#include "synthetic.h"

namespace neurox {
namespace {

using neurox::testing::made_up;
using neurox::testing::refusal;
using ::testing::HasSubstr;

/// Training and held-out rows of one draw.
struct Halves {
  MatrixRows train, held_out;
  std::vector<int> y, y_held_out;
};
Halves halves(Index neurons) {
  const auto data = made_up(2000, neurons, 3);
  return {MatrixRows(data.X.topRows(1000)),
          MatrixRows(data.X.bottomRows(1000)),
          {data.y.begin(), data.y.begin() + 1000},
          {data.y.begin() + 1000, data.y.end()}};
}

TEST(Path, AtLambdaMaxEveryWeightIsZeroAndJustBelowOneIsNot) {
  const auto data = halves(10);
  LogisticOptions o;
  o.tolerance = 1e-6;
  o.lambda = lambda_max(data.train, data.y, o) * 1.01;
  EXPECT_EQ(fit_logistic(data.train, data.y, o).nonzeros(), 0);
  o.lambda *= 0.95;
  EXPECT_GT(fit_logistic(data.train, data.y, o).nonzeros(), 0);
}

TEST(Path, EachPointIsTheFitOfItsPenaltyAlone) {
  const auto data = halves(10);
  PathOptions o;
  o.lambdas = {1e-3, 1e-1, 1e-2};
  o.patience = 0;
  const PathResult path = fit_path(data.train, data.y, {data.held_out, data.y_held_out}, o);
  ASSERT_EQ(path.points.size(), 3U);
  EXPECT_EQ(path.points[0].lambda, 1e-1);
  EXPECT_EQ(path.points[2].lambda, 1e-3);
  for (const PathPoint& point : path.points) {
    LogisticOptions alone;
    alone.lambda = point.lambda;
    EXPECT_NEAR(point.objective, fit_logistic(data.train, data.y, alone).objective, 2e-6);
    EXPECT_TRUE(point.converged);
  }
}

TEST(Path, TheBestOnHeldOutDataIsKept) {
  const auto data = halves(30);
  PathOptions o;
  o.patience = 0;
  for (PathCriterion criterion : {PathCriterion::CrossEntropy, PathCriterion::Accuracy}) {
    o.criterion = criterion;
    const PathResult path = fit_path(data.train, data.y, {data.held_out, data.y_held_out}, o);
    EXPECT_EQ(path.points.size(), 12U);
    EXPECT_EQ(path.points[0].nonzeros, 0);
    const PathPoint& best = path.points[path.best];
    for (std::size_t i = 0; i < path.points.size(); ++i) {
      const PathPoint& p = path.points[i];
      if (criterion == PathCriterion::CrossEntropy) {
        EXPECT_LE(best.held_out_cross_entropy, p.held_out_cross_entropy);
      }
      if (criterion == PathCriterion::Accuracy) {
        EXPECT_GE(best.held_out_accuracy, p.held_out_accuracy);
        if (i < path.best) {
          EXPECT_GT(best.held_out_accuracy, p.held_out_accuracy);
        }
      }
    }
    EXPECT_EQ(path.fit.objective, best.objective);
  }
}

TEST(Path, ItStopsWhenSmallerPenaltiesDoNotHelp) {
  // Labels in reverse: neurons know nothing of them, so every weight does harm.
  auto data = halves(30);
  std::reverse(data.y.begin(), data.y.end());
  PathOptions o;
  o.patience = 2;
  o.count = 6;
  const PathResult path = fit_path(data.train, data.y, {data.held_out, data.y_held_out}, o);
  EXPECT_EQ(path.best, 0U);
  EXPECT_EQ(path.points.size(), 3U);
}

TEST(Path, PureRidgeHasAPathToo) {
  const auto data = halves(10);
  PathOptions o;
  o.fit.l1_ratio = 0;
  o.count = 3;
  EXPECT_EQ(fit_path(data.train, data.y, {data.held_out, data.y_held_out}, o).points.size(), 3U);
}

TEST(Path, PenaltiesThatAreNoneAreRefused) {
  const auto data = halves(4);
  PathOptions o;
  o.lambdas = {0.1, 0};
  const auto run = [&] { fit_path(data.train, data.y, {data.held_out, data.y_held_out}, o); };
  EXPECT_THAT(refusal(run), HasSubstr("lambda is 0"));
  o.lambdas.clear();
  o.smallest = 2;
  EXPECT_THAT(refusal(run), HasSubstr("the least penalty is 2 of the largest"));
  o.count = 0;
  EXPECT_THAT(refusal(run), HasSubstr("at least one penalty"));
  LogisticOptions ridge;
  ridge.l1_ratio = 0;
  EXPECT_THAT(refusal([&] { lambda_max(data.train, data.y, ridge); }), HasSubstr("l1_ratio is 0"));
}

}  // namespace
}  // namespace neurox
