#include "neurox/rank/course.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;

MatrixRows one_neuron(const std::vector<float>& values) {
  MatrixF X(static_cast<Index>(values.size()), 1);
  for (std::size_t i = 0; i < values.size(); ++i) X(static_cast<Index>(i), 0) = values[i];
  return MatrixRows(X);
}

/// 3000 rows x 2 neurons, more than two bands.
MatrixF course_sample() {
  MatrixF X(3000, 2);
  for (Index r = 0; r < X.rows(); ++r)
    for (Index j = 0; j < 2; ++j) X(r, j) = static_cast<float>(std::sin(1.0 + 7.0 * r + 3.0 * j) + 1000 * j);
  return X;
}

TEST(Course, MeanAndSpreadByHand) {
  // place 0: 1, 3, 8: mean 4, squares 9 + 1 + 16 = 26; place 1: 5 alone; place 2: nothing
  const MatrixRows X = one_neuron({1, 5, 3, 8});
  const Course c = course_of(X, {{3, 0}, {0, 0}, {2, 0}, {1, 1}}, 3, VectorD::Zero(1));
  EXPECT_THAT(c.rows, ElementsAre(3, 1, 0));
  EXPECT_DOUBLE_EQ(c.mean(0, 0), 4);
  EXPECT_DOUBLE_EQ(c.sd(0, 0), std::sqrt(13.0));
  EXPECT_DOUBLE_EQ(c.standard_error(0, 0), std::sqrt(13.0 / 3));
  EXPECT_DOUBLE_EQ(c.mean(1, 0), 5);
  EXPECT_TRUE(std::isnan(c.sd(1, 0)));
  EXPECT_TRUE(std::isnan(c.mean(2, 0)));
  EXPECT_TRUE(std::isnan(c.difference(0, 0)));  // nothing has a base
}
TEST(Course, AnAddedWordStrengthensWeakensOrFlipsByHand) {
  // bases 3, 3, 3, -1 beside the reference 1: 2, 2, 2, -2; with the word 4, 2, 0, -1: 3, 1, -1, -2
  const MatrixRows X = one_neuron({3, 3, 3, -1, 4, 2, 0, -1});
  const Course c = course_of(X, {{4, 0, 0}, {5, 0, 1}, {6, 0, 2}, {7, 0, 3}}, 1, VectorD::Constant(1, 1.0));
  EXPECT_DOUBLE_EQ(c.strengthens(0, 0), .25);
  EXPECT_DOUBLE_EQ(c.weakens(0, 0), .25);
  EXPECT_DOUBLE_EQ(c.flips(0, 0), .25);  // the fourth is as it was
  EXPECT_DOUBLE_EQ(c.base(0, 0), 2);
  EXPECT_DOUBLE_EQ(c.difference(0, 0), -.75);
  // differences 1, -1, -3, 0: squares about -3/4: 49/16 + 1/16 + 81/16 + 9/16 = 140/16
  EXPECT_DOUBLE_EQ(c.difference_error(0, 0), std::sqrt(140.0 / 16 / 3 / 4));
  // From 0 the third does not flip (it ends there) and nothing else does.
  const Course zero = course_of(X, {{4, 0, 0}, {5, 0, 1}, {6, 0, 2}, {7, 0, 3}}, 1, VectorD::Zero(1));
  EXPECT_DOUBLE_EQ(zero.flips(0, 0), 0);
  EXPECT_DOUBLE_EQ(zero.weakens(0, 0), .5);
}
TEST(Course, ABaseBesideItselfDoesNotChange) {
  const MatrixRows X(course_sample());
  std::vector<CourseRow> rows;
  for (std::int64_t r = 0; r < 3000; ++r) rows.push_back({r, static_cast<std::int32_t>(r % 5), r});
  const Course c = course_of(X, rows, 5, VectorD::Constant(2, .3));
  for (const MatrixD* m : {&c.difference, &c.difference_error, &c.strengthens, &c.weakens, &c.flips})
    EXPECT_EQ(m->cwiseAbs().maxCoeff(), 0);
  EXPECT_EQ((c.base - c.mean).cwiseAbs().maxCoeff(), 0);
}
TEST(Course, ConditionsWeightedByTheirSizesMakeTheWhole) {
  const MatrixRows X(course_sample());
  std::vector<CourseRow> apart, together;
  for (std::int64_t r = 0; r < 3000; r += r % 7 == 0 ? 2 : 3) {
    apart.push_back({r, static_cast<std::int32_t>(r % 11 % 3)});
    together.push_back({r, 0});
  }
  const Course parts = course_of(X, apart, 3, VectorD::Zero(2)),
               whole = course_of(X, together, 1, VectorD::Zero(2));
  const MatrixD between = variance_between(parts, {0, 0, 0}, 1);
  for (Index j = 0; j < 2; ++j) {
    const auto n = static_cast<double>(whole.rows[0]);
    double sum = 0, squares = 0;
    for (Index p = 0; p < 3; ++p) {
      const auto of = static_cast<double>(parts.rows[static_cast<std::size_t>(p)]);
      sum += of * parts.mean(p, j);
      squares += of * std::pow(parts.mean(p, j) - whole.mean(0, j), 2);
    }
    EXPECT_NEAR(sum / n, whole.mean(0, j), 1e-12 * (1 + std::abs(whole.mean(0, j))));
    // between and within make up the whole variance
    EXPECT_NEAR(between(0, j), squares / ((n - 1) * std::pow(whole.sd(0, j), 2)), 1e-9);
  }
}
TEST(Course, ChangesAreTheDifferenceOfTheMeansWhereAllAreCompared) {
  const MatrixRows X(course_sample());
  std::vector<CourseRow> rows;
  for (std::int64_t r = 0; r < 1500; ++r) rows.push_back({r, 0}), rows.push_back({2999 - r, 1, r});
  const Course c = course_of(X, rows, 2, VectorD::Zero(2));
  for (Index j = 0; j < 2; ++j) {
    EXPECT_NEAR(c.base(1, j), c.mean(0, j), 1e-10);
    EXPECT_NEAR(c.difference(1, j), c.mean(1, j) - c.mean(0, j), 1e-9);
    EXPECT_LE(c.strengthens(1, j) + c.weakens(1, j) + c.flips(1, j), 1 + 1e-12);
  }
  EXPECT_GT(c.flips(1, 0), 0);
  EXPECT_EQ(c.flips(1, 1), 0);  // about 1000
}
TEST(Course, VarianceBetweenConditionsByHand) {
  // conditions {1, 3} and {5, 7}: means 2, 6 about 4: between 16, within 4
  const Course c = course_of(one_neuron({1, 3, 5, 7}), {{0, 0}, {1, 0}, {2, 1}, {3, 1}}, 2, VectorD::Zero(1));
  EXPECT_DOUBLE_EQ(variance_between(c, {0, 0}, 1)(0, 0), .8);
  EXPECT_TRUE(std::isnan(variance_between(c, {0, 1}, 2)(0, 0)));  // one condition at each position
  EXPECT_DOUBLE_EQ(
      variance_between(course_of(one_neuron({1, 2}), {{0, 0}, {1, 1}}, 2, VectorD::Zero(1)), {0, 0}, 1)(0, 0),
      1);
}
TEST(Course, RowsPlacesAndReferencesThatAreNotThereAreRefused) {
  const MatrixRows X = one_neuron({1, 2});
  EXPECT_EQ(refusal([&] {
              course_of(X, {{2, 0}}, 1, VectorD::Zero(1));
            }),
            "course: row 2 (compared with -1), but there are 2");
  EXPECT_EQ(refusal([&] {
              course_of(X, {{0, 0, 5}}, 1, VectorD::Zero(1));
            }),
            "course: row 0 (compared with 5), but there are 2");
  EXPECT_EQ(refusal([&] {
              course_of(X, {{0, 1}}, 1, VectorD::Zero(1));
            }),
            "course: place 1, but there are 1");
  EXPECT_EQ(refusal([&] { course_of(X, {}, 1, VectorD::Zero(3)); }), "course: 3 references but 1 neurons");
  const Course c = course_of(X, {{0, 0}}, 1, VectorD::Zero(1));
  EXPECT_EQ(refusal([&] { variance_between(c, {0, 0}, 1); }), "course: 2 groups of 1 places");
}

}  // namespace
}  // namespace neurox
