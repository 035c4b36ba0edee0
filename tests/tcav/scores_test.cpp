#include "neurox/tcav/scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support.h"

namespace neurox::tcav {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

const MatrixF gradients = (MatrixF(4, 2) << 1, 0, -2, 1, 0, 3, 0, 0).finished();

TEST(Scores, AreSharesAndMeansOfDerivativesByHand) {
  // along (1, 1): 1, -1, 3, 0; along (1, 0): 1, -2, 0, 0
  const MatrixD v = (MatrixD(2, 2) << 1, 1, 1, 0).finished();
  const MatrixD d = directional_derivatives(gradients, v);
  EXPECT_EQ(d, (MatrixD(4, 2) << 1, 1, -1, -2, 3, 0, 0, 0).finished());
  ScoreSums sums(2);
  sums.add(d);
  EXPECT_EQ(sums.score(0).score, 0.5);
  EXPECT_EQ(sums.score(0).magnitude, 0.75);
  EXPECT_EQ(sums.score(0).absolute, 1.25);
  EXPECT_EQ(sums.score(1).score, 0.25);
  EXPECT_EQ(sums.score(1).magnitude, -0.25);
  EXPECT_EQ(sums.score(1).examples, 4);
}
TEST(Scores, BlocksAddUpToTheWhole) {
  const MatrixD d = directional_derivatives(gradients, MatrixD::Ones(1, 2));
  ScoreSums whole(1), parts(1);
  whole.add(d);
  parts.add(d.topRows(1));
  parts.add(d.bottomRows(3));
  EXPECT_EQ(whole.score(0).score, parts.score(0).score);
  EXPECT_EQ(whole.score(0).magnitude, parts.score(0).magnitude);
}
TEST(Scores, OfTheOppositeDirectionAreTheRestWithoutZeros) {
  const MatrixD v = (MatrixD(1, 2) << 0.3, -0.7).finished();
  ScoreSums along(1), against(1);
  along.add(directional_derivatives(gradients, v));
  against.add(directional_derivatives(gradients, -v));
  // one of four gradients is zero
  EXPECT_EQ(along.score(0).score + against.score(0).score, 0.75);
  EXPECT_EQ(along.score(0).magnitude, -against.score(0).magnitude);
  EXPECT_EQ(along.score(0).absolute, against.score(0).absolute);
}
TEST(Scores, DoNotDependOnTheLengthOfTheDirection) {
  ScoreSums once(1), thrice(1);
  once.add(directional_derivatives(gradients, MatrixD::Ones(1, 2)));
  thrice.add(directional_derivatives(gradients, 4 * MatrixD::Ones(1, 2)));
  EXPECT_EQ(once.score(0).score, thrice.score(0).score);
  EXPECT_EQ(4 * once.score(0).magnitude, thrice.score(0).magnitude);
}
TEST(Scores, WithoutExamplesAreNoNumbers) {
  EXPECT_TRUE(std::isnan(ScoreSums(1).score(0).score));
}
TEST(Scores, GradientsOfAnotherWidthAreRefused) {
  EXPECT_THAT(refusal([] { directional_derivatives(gradients, MatrixD::Ones(1, 3)); }),
              HasSubstr("gradients of 2 neurons but directions of 3"));
}

}  // namespace
}  // namespace neurox::tcav
