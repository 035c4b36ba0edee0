#include "neurox/ablate/conditions.h"

#include <gmock/gmock.h>

#include "support.h"

namespace neurox::ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

RankedNeurons ten_neurons() {
  RankedNeurons r;
  r.name = "r.h5ad";
  r.axis = all_neurons({{"blocks.0.hook_resid_post", 0, 4}, {"blocks.1.hook_resid_post", 1, 6}});
  r.order = {9, 1, 2, 3, 4, 5, 6, 7, 8, 0};
  return r;
}

TEST(Conditions, AmountsAreCountsSharesOrMass) {
  EXPECT_EQ(parse_amount("20").kind, Amount::Kind::Count);
  EXPECT_EQ(parse_amount("5%").kind, Amount::Kind::Share);
  EXPECT_DOUBLE_EQ(parse_amount("5%").value, 0.05);
  EXPECT_DOUBLE_EQ(parse_amount("0.25").value, 0.25);
  EXPECT_EQ(parse_amount("p=0.5").kind, Amount::Kind::Mass);
  for (const char* wrong : {"", "x", "-3", "120%", "p=2", "5%%", "3x", "0"})
    EXPECT_THAT(testing::refusal([&] { parse_amount(wrong); }), HasSubstr("is no amount of neurons"))
        << wrong;
}
TEST(Conditions, TopAndBottomComeFromTheTwoEndsOfTheOrdering) {
  ConditionOptions options;
  options.top = {parse_amount("20%")};
  options.bottom = {parse_amount("1")};
  const auto conditions = conditions_of(ten_neurons(), 0, options);
  ASSERT_THAT(conditions, SizeIs(2));
  EXPECT_THAT(conditions[0].ablated, ElementsAre(1, 9));
  EXPECT_EQ(conditions[0].group, "top");
  EXPECT_DOUBLE_EQ(conditions[0].share, 0.2);
  EXPECT_THAT(conditions[1].ablated, ElementsAre(0));
}
TEST(Conditions, KeepAblatesAllOthers) {
  ConditionOptions options;
  options.top = {parse_amount("8")};
  options.keep = true;
  const auto conditions = conditions_of(ten_neurons(), 0, options);
  EXPECT_THAT(conditions[0].ablated, ElementsAre(0, 8));
  EXPECT_EQ(conditions[0].count, 8);
}
TEST(Conditions, RandomDrawsAreManyDifferentAndTheSameForASeed) {
  ConditionOptions options;
  options.top = {parse_amount("3")};
  options.random = 5;
  options.seed = 1;
  const auto a = conditions_of(ten_neurons(), 0, options), b = conditions_of(ten_neurons(), 0, options);
  ASSERT_THAT(a, SizeIs(6));
  bool differ = false;
  for (std::size_t i = 1; i < a.size(); ++i) {
    EXPECT_THAT(a[i].ablated, SizeIs(3));
    EXPECT_EQ(a[i].ablated, b[i].ablated);
    differ = differ || a[i].ablated != a[1].ablated;
  }
  EXPECT_TRUE(differ);
}
TEST(Conditions, MatchedDrawsTakeAsManyOfEachSiteAsTheTop) {
  ConditionOptions options;
  options.top = {parse_amount("4")};  // neurons 9, 1, 2, 3: three of the first site, one of the second
  options.random = 8;
  options.match_sites = true;
  for (const Condition& c : conditions_of(ten_neurons(), 0, options)) {
    if (c.group != "random") continue;
    EXPECT_EQ(std::count_if(c.ablated.begin(), c.ablated.end(), [](std::int64_t n) { return n < 4; }), 3);
  }
}
TEST(Conditions, WeightMassTakesTheUnionOverClasses) {
  RankedNeurons r = ten_neurons();
  r.class_scores = MatrixF::Zero(10, 2);
  r.class_scores(9, 0) = 0.6F;
  r.class_scores(1, 0) = 0.4F;
  r.class_scores(1, 1) = 1.0F;
  ConditionOptions options;
  options.top = {parse_amount("p=0.5")};
  EXPECT_THAT(conditions_of(r, 0, options)[0].ablated, ElementsAre(1, 9));
}
TEST(Conditions, MoreNeuronsThanThereAreAreRefused) {
  ConditionOptions options;
  options.top = {parse_amount("11")};
  EXPECT_THAT(testing::refusal([&] { conditions_of(ten_neurons(), 0, options); }),
              HasSubstr("11 neurons asked for but it ranks 10"));
}
TEST(Conditions, NeuronsOneByOneAreNamedByTheirAddress) {
  const auto conditions = conditions_one_by_one(ten_neurons(), 0, {0, 5});
  ASSERT_THAT(conditions, SizeIs(2));
  EXPECT_EQ(conditions[1].ranking, "blocks.1.hook_resid_post:1");
  EXPECT_THAT(conditions[1].ablated, ElementsAre(5));
}

}  // namespace
}  // namespace neurox::ablate
