#include "neurox/tcav/significance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace neurox::tcav {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

const std::vector<double> a{.38, .35, .52, .17, .33}, b{.3, .85, .2, .9, .55, .6};

/// scipy 1.x: special.betainc, stats.t, stats.ttest_ind, stats.false_discovery_control.
TEST(IncompleteBeta, EqualsScipy) {
  struct Case {
    double a, b, x, value;
  };
  for (const Case& c : {Case{2, 3, .4, 0.5248}, Case{.5, .5, .1, 0.20483276469913345},
                        Case{50, .5, .97, 0.08169933372182264}, Case{4.2, .5, .3, 0.0019573888948334907},
                        Case{1000, .5, .999, 0.15724727426672383}, Case{.5, 20, .01, 0.4713699354850154}})
    EXPECT_NEAR(incomplete_beta(c.a, c.b, c.x) / c.value, 1, 1e-11) << c.a << " " << c.b << " " << c.x;
  EXPECT_EQ(incomplete_beta(2, 3, 0), 0);
  EXPECT_EQ(incomplete_beta(2, 3, 1), 1);
}
TEST(StudentT, TailsAndQuantilesEqualScipy) {
  EXPECT_NEAR(two_sided_p(.1, 3) / 0.9266523488008059, 1, 1e-12);
  EXPECT_NEAR(two_sided_p(2.5, 7.3) / 0.03965023466560043, 1, 1e-12);
  EXPECT_NEAR(two_sided_p(-10, 4) / 0.000562003622715991, 1, 1e-12);
  EXPECT_NEAR(two_sided_p(40, 30) / 1.3726045194406417e-27, 1, 1e-11);
  EXPECT_EQ(two_sided_p(0, 5), 1);
  EXPECT_NEAR(two_sided_quantile(.05, 4), 2.7764451051977934, 1e-11);
  EXPECT_NEAR(two_sided_quantile(.05, 19), 2.0930240544083087, 1e-11);
}
TEST(TTests, EqualScipy) {
  const TTest welch = welch_test(a, b), student = student_test(a, b), single = single_test(.1, b);
  EXPECT_NEAR(welch.t, -1.6914813714729329, 1e-12);
  EXPECT_NEAR(welch.df, 7.139262421737936, 1e-12);
  EXPECT_NEAR(welch.p, 0.1337479346259655, 1e-12);
  EXPECT_NEAR(student.t, -1.5810972501641247, 1e-12);
  EXPECT_NEAR(student.p, 0.14831418107910344, 1e-12);
  EXPECT_NEAR(single.t, -1.5307175553672936, 1e-12);
  EXPECT_NEAR(single.p, 0.18639831908776247, 1e-12);
  const Interval interval = mean_interval(a);
  EXPECT_NEAR(interval.low, 0.19466788345157543, 1e-12);
  EXPECT_NEAR(interval.high, 0.5053321165484246, 1e-12);
}
TEST(TTests, SwappingTheSamplesTurnsTheSignAlone) {
  EXPECT_EQ(welch_test(a, b).t, -welch_test(b, a).t);
  EXPECT_EQ(welch_test(a, b).p, welch_test(b, a).p);
}
TEST(TTests, WithoutSpreadAreCertain) {
  const std::vector<double> ones{1, 1, 1}, tenths{.1, .1, .1};
  EXPECT_EQ(welch_test(ones, ones).p, 1);
  EXPECT_EQ(welch_test(ones, tenths).p, 0);
  EXPECT_EQ(student_test(tenths, ones).p, 0);
  EXPECT_TRUE(std::isinf(student_test(tenths, ones).t));
}
TEST(TTests, OfOneValueAreNoNumbers) {
  const std::vector<double> one{1};
  EXPECT_TRUE(std::isnan(welch_test(one, b).p));
  EXPECT_TRUE(std::isnan(mean_interval(one).low));
}
TEST(Corrections, ByHand) {
  const std::vector<double> p{.01, .04, .03, .005, .2};
  // Holm: .005*5, .01*4, .03*3, then .04*2 = .08 may not fall below .09, .2*1.
  EXPECT_THAT(holm(p), ElementsAre(DoubleNear(.04, 1e-15), DoubleNear(.09, 1e-15), DoubleNear(.09, 1e-15),
                                   DoubleNear(.025, 1e-15), DoubleNear(.2, 1e-15)));
  EXPECT_THAT(benjamini_hochberg(p),
              ElementsAre(DoubleNear(.025, 1e-15), DoubleNear(.05, 1e-15), DoubleNear(.05, 1e-15),
                          DoubleNear(.025, 1e-15), DoubleNear(.2, 1e-15)));
}
TEST(Corrections, LeaveOutWhatIsNoNumber) {
  const std::vector<double> p{.01, std::nan(""), .04};
  EXPECT_NEAR(holm(p)[0], .02, 1e-15);
  EXPECT_TRUE(std::isnan(holm(p)[1]));
  EXPECT_NEAR(benjamini_hochberg(p)[2], .04, 1e-15);
}

}  // namespace
}  // namespace neurox::tcav
