#include "neurox/rank/choose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Choose, ASmallShareIsOneNeuronAndNoneIsNone) {
  EXPECT_EQ(count_of_share(0.01, 384), 4);
  EXPECT_EQ(count_of_share(0.0001, 384), 1);
  EXPECT_EQ(count_of_share(0, 384), 0);
  EXPECT_EQ(count_of_share(1, 384), 384);
  EXPECT_THAT(refusal([] { count_of_share(1.5, 384); }), HasSubstr("the share of neurons is 1.5"));
}

TEST(Choose, TopAndBottomAreTheEndsOfTheOrdering) {
  const NeuronList ordering{3, 0, 2, 1};
  EXPECT_THAT(choose_top(ordering, 2), ElementsAre(3, 0));
  EXPECT_THAT(choose_bottom(ordering, 2), ElementsAre(1, 2));
  EXPECT_THAT(refusal([&] { choose_top(ordering, 5); }),
              HasSubstr("5 neurons are asked for but there are 4"));
}

TEST(Choose, RandomNeuronsDifferAndFollowTheSeed) {
  const NeuronList a = choose_random(20, 100, 1);
  EXPECT_EQ(std::set<Index>(a.begin(), a.end()).size(), 20U);
  EXPECT_TRUE(std::is_sorted(a.begin(), a.end()));
  EXPECT_EQ(a, choose_random(20, 100, 1));
  EXPECT_NE(a, choose_random(20, 100, 2));
  EXPECT_EQ(choose_random(100, 100, 3).size(), 100U);
  EXPECT_THAT(refusal([] { choose_random(3, 2, 0); }), HasSubstr("3 neurons are asked for but there are 2"));
}

TEST(Choose, EveryNeuronIsAsLikely) {
  std::vector<int> drawn(10, 0);
  for (std::uint64_t seed = 0; seed < 2000; ++seed)
    for (Index j : choose_random(3, 10, seed)) ++drawn[static_cast<std::size_t>(j)];
  for (int count : drawn) EXPECT_NEAR(count, 600, 90);
}

TEST(Choose, AMatchedDrawHasAsManyNeuronsOfEachSite) {
  std::vector<std::int32_t> site_of;
  for (int j = 0; j < 60; ++j) site_of.push_back(j / 20);
  const NeuronList chosen{0, 1, 2, 45, 59};
  const NeuronList drawn = choose_random_matched(chosen, site_of, 9);
  std::vector<int> per_site(3, 0);
  for (Index j : drawn) ++per_site[static_cast<std::size_t>(j / 20)];
  EXPECT_THAT(per_site, ElementsAre(3, 0, 2));
  EXPECT_EQ(drawn, choose_random_matched(chosen, site_of, 9));
  EXPECT_NE(drawn, choose_random_matched(chosen, site_of, 10));
  EXPECT_THAT(refusal([&] { choose_random_matched({60}, site_of, 0); }),
              HasSubstr("neuron 60 is chosen but there are 60"));
}

TEST(Choose, TheComplementIsTheRest) {
  EXPECT_THAT(complement({3, 1}, 5), ElementsAre(0, 2, 4));
  EXPECT_THAT(refusal([] { complement({5}, 5); }), HasSubstr("neuron 5 is chosen but there are 5"));
}

}  // namespace
}  // namespace neurox
