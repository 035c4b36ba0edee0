#include "neurox/report/ablation_curves.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support.h"

namespace neurox {
namespace {

AblationRow row(const std::string& group, double share, double value, const std::string& target = "model") {
  AblationRow r;
  r.ranking = "r", r.group = group, r.operation = "zero", r.target = target, r.share = share,
  r.count = std::lround(share * 100);
  r.values = {value, std::nan("")};
  return r;
}

TEST(AblationCurves, DrawsBecomeMeanAndSpread) {
  AblationFindings t;
  t.measures = {"accuracy", "nll"};
  t.rows = {row("none", 0, .9),    row("top", .2, .3),    row("top", .1, .5),
            row("random", .1, .7), row("random", .1, .8), row("random", .1, .9)};
  const auto sets = ablation_curves(t);
  ASSERT_EQ(sets.size(), 1U);  // nll has no number
  EXPECT_EQ(sets[0].measure, "accuracy");
  EXPECT_DOUBLE_EQ(sets[0].baseline, .9);
  ASSERT_EQ(sets[0].curves.size(), 2U);
  const Curve& top = sets[0].curves[0];
  ASSERT_EQ(top.points.size(), 2U);
  EXPECT_DOUBLE_EQ(top.points[0].share, .1);  // ascending
  EXPECT_EQ(top.points[0].sd, 0);
  const CurvePoint& random = sets[0].curves[1].points[0];
  EXPECT_EQ(random.draws, 3);
  EXPECT_NEAR(random.mean, .8, 1e-15);
  EXPECT_NEAR(random.sd, .1, 1e-15);
  EXPECT_EQ(random.min, .7);
  EXPECT_EQ(random.max, .9);
}

TEST(AblationCurves, TargetsKeepAndRankingsAreLinesOfTheirOwn) {
  AblationFindings t;
  t.measures = {"accuracy"};
  t.rows = {row("none", 0, .9, ""), row("top", .1, .5), row("top", .1, .6, "matrix"), row("top", .1, .7),
            row("top", .1, .4)};
  t.rows[3].keep = true;
  t.rows[4].ranking = "s";
  const auto sets = ablation_curves(t);
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_EQ(sets[0].target, "model");
  EXPECT_EQ(sets[0].curves.size(), 3U);
  EXPECT_EQ(sets[1].target, "matrix");
  EXPECT_DOUBLE_EQ(sets[1].baseline, .9);  // measured once for all targets
}

TEST(AblationCurves, ClassesAreApartAndListsAreNoPoints) {
  AblationFindings t;
  t.measures = {"accuracy"};
  t.rows = {row("top", .1, .5), row("top", .1, .2), row("neuron", .01, .9), row("list", .02, .8)};
  t.rows[1].class_name = "NOUN";
  ASSERT_EQ(ablation_curves(t).size(), 1U);
  EXPECT_EQ(ablation_curves(t)[0].curves.size(), 1U);
  EXPECT_EQ(ablated_classes(t), std::vector<std::string>{"NOUN"});
  EXPECT_DOUBLE_EQ(ablation_curves(t, "NOUN")[0].curves[0].points[0].mean, .2);
}

}  // namespace
}  // namespace neurox
