#include "neurox/report/class_changes.h"

#include <gmock/gmock.h>

#include <cmath>

namespace neurox {
namespace {

using ::testing::ElementsAre;

AblationRow of_class(const std::string& group, const std::string& name, double value, double share = .05) {
  AblationRow r;
  r.group = group, r.class_name = name, r.target = "model", r.share = share;
  r.operation = group == "none" ? "none" : "zero";
  r.ranking = group == "none" ? "" : group == "list" ? "mlp_post@3" : "r.h5ad";
  r.values = {7, value};
  return r;
}

TEST(ClassChanges, DrawsAreMeansAndListsAreConditionsToo) {
  AblationFindings a;
  a.measures = {"tokens", "nll"};
  a.rows = {of_class("none", "", 3),       of_class("none", "NOUN", 2),   of_class("none", "VERB", 4),
            of_class("top", "NOUN", 5),    of_class("top", "VERB", 4.5),  of_class("random", "NOUN", 2),
            of_class("random", "NOUN", 3), of_class("list", "NOUN", 2.5), of_class("neuron", "NOUN", 9)};
  const ClassChanges c = class_changes(a);
  EXPECT_EQ(c.measure, "nll");
  EXPECT_THAT(c.classes, ElementsAre("NOUN", "VERB"));
  EXPECT_THAT(c.baseline, ElementsAre(2, 4));
  EXPECT_THAT(c.conditions, ElementsAre("top 5\u202f%", "random 5\u202f%", "mlp_post@3, zero"));
  EXPECT_EQ(c.values(0, 0), 5);
  EXPECT_EQ(c.values(1, 0), 4.5);
  EXPECT_EQ(c.values(0, 1), 2.5) << "the mean of two draws";
  EXPECT_EQ(c.values(0, 2), 2.5);
  EXPECT_TRUE(std::isnan(c.values(1, 1)));
}

TEST(ClassChanges, NamesSayWhatConditionsDifferIn) {
  AblationFindings a;
  a.measures = {"tokens", "nll"};
  a.rows = {of_class("none", "NOUN", 2), of_class("top", "NOUN", 5), of_class("top", "NOUN", 6)};
  a.rows[2].operation = "scale=2", a.rows[2].keep = true;
  EXPECT_THAT(class_changes(a).conditions,
              ElementsAre("top, zero 5\u202f%", "all but top, scale=2 5\u202f%"));
  a.rows[2].target = "matrix";
  EXPECT_EQ(class_changes(a).conditions.size(), 1U) << "targets are apart";
  a.rows.erase(a.rows.begin());
  EXPECT_TRUE(class_changes(a).classes.empty()) << "there is nothing to hold them against";
  EXPECT_TRUE(class_changes({}).classes.empty());
}

}  // namespace
}  // namespace neurox
