#include "neurox/rank/comparison.h"

#include <gmock/gmock.h>

#include <cmath>

#include "neurox/core/rank_correlation.h"
#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;
using Values = std::vector<double>;

TEST(Comparison, RanksThatBreakTiesKeepTheScoresAndOthersReplaceThem) {
  const ComparedRanking broken = compared_ranking(Values{2, 5, 2, 0}, Values{3, 1, 2, 4});
  EXPECT_THAT(broken.order, ElementsAre(1, 2, 0, 3));
  EXPECT_THAT(broken.values, ElementsAre(2, 5, 2, 0));
  // An order of its own, as a greedy search gives: the scores are of single neurons.
  const ComparedRanking own = compared_ranking(Values{2, 5, 3}, Values{1, 3, 2});
  EXPECT_THAT(own.order, ElementsAre(0, 2, 1));
  EXPECT_THAT(own.values, ElementsAre(-1, -3, -2));
  const ComparedRanking plain = compared_ranking(Values{2, std::nan(""), 2, 3}, {});
  EXPECT_THAT(plain.order, ElementsAre(3, 0, 2, 1));
  EXPECT_EQ(refusal([] {
              compared_ranking(Values{1, 2}, Values{1, 1});
            }),
            "rank 1 of neuron 1 is none of 1 to 2, or stands there twice");
}

TEST(Comparison, NeuronsThatShareTheLastValueAreCounted) {
  const ComparedRanking r = compared_ranking(Values{0, 3, 0, 1, 0}, {});
  EXPECT_EQ(tied_after(r, 1), 0);
  EXPECT_EQ(tied_after(r, 3), 2);
  EXPECT_EQ(tied_after(r, 5), 0);
  EXPECT_EQ(refusal([&] { tied_after(r, 6); }), "agreement: the first 6 of 5 things");
}

TEST(Comparison, EveryTwoRankingsAreHeldTogether) {
  const std::vector<ComparedRanking> three{compared_ranking(Values{4, 3, 2, 1}, {}),
                                           compared_ranking(Values{3, 1, 2, 4}, {}),
                                           compared_ranking(Values{4, 3, 2, 1}, {})};
  const auto pairs = agreements(three, {.ks = {1, 2}, .p = 0.5});
  ASSERT_EQ(pairs.size(), 3U);
  EXPECT_EQ(pairs[2].first, 1U);
  EXPECT_EQ(pairs[2].second, 2U);
  EXPECT_THAT(pairs[0].overlap, ElementsAre(0, 0.5));
  EXPECT_THAT(pairs[0].jaccard, ElementsAre(0, 1.0 / 3));
  EXPECT_DOUBLE_EQ(pairs[0].average_overlap, 0.25);
  EXPECT_NEAR(pairs[0].by_chance[1], 5.0 / 6, 1e-14);
  EXPECT_DOUBLE_EQ(pairs[0].kendall, kendall_tau_b(three[0].values, three[1].values));
  EXPECT_THAT(pairs[1].overlap, ElementsAre(1, 1));
  EXPECT_DOUBLE_EQ(pairs[1].spearman, 1);
  EXPECT_DOUBLE_EQ(pairs[1].rank_biased, 1);
}

TEST(Comparison, TwoRankingsThatChooseTwinsAgreeOnceTheseAreMerged) {
  // Neurons 0-1 and 2-3 are twins; one ranking takes the first of each, the other the second.
  const ComparedRanking a = compared_ranking(Values{5, 0, 4, 0, 2}, {});
  const ComparedRanking b = compared_ranking(Values{0, 5, 0, 4, 2}, {});
  const std::vector<Index> twins{0, 0, 1, 1, 2};
  const std::vector<ComparedRanking> merged{ranking_of_groups(a, twins), ranking_of_groups(b, twins)};
  EXPECT_DOUBLE_EQ(agreements(std::vector{a, b}, {.ks = {2}, .p = 0.9})[0].overlap[0], 0);
  EXPECT_DOUBLE_EQ(agreements(merged, {.ks = {2}, .p = 0.9})[0].overlap[0], 1);
  EXPECT_DOUBLE_EQ(agreements(merged, {.ks = {2}, .p = 0.9})[0].kendall, 1);
}

TEST(Comparison, TheFurthestMovedComeFirst) {
  const auto moved = moved_neurons({0, 1, 2, 3}, {1, 3, 2, 0}, 2);
  // Places from-to: 0: 1-4, 1: 2-1, 3: 4-2; neuron 2 is in neither's first two.
  ASSERT_EQ(moved.size(), 3U);
  EXPECT_EQ(moved[0].neuron, 0);
  EXPECT_EQ(moved[0].from, 1);
  EXPECT_EQ(moved[0].to, 4);
  EXPECT_EQ(moved[1].neuron, 1) << "as far as 3, and before it";
  EXPECT_EQ(moved[2].neuron, 3);
}

TEST(Fingerprint, SharesOfTheFirstNeuronsBySite) {
  const NeuronSites sites{{0, 0, 1, 1, 2}, 3};
  EXPECT_THAT(fingerprint({3, 0, 2, 1, 4}, 4, sites), ElementsAre(0.5, 0.5, 0));
  EXPECT_EQ(refusal([&] { fingerprint({0, 1}, 3, sites); }), "the first 3 neurons of 2: take 1 to 2");
}

TEST(Fingerprint, LikenessIsOneForEqualsAndZeroForTasksAtOtherSites) {
  const Values a{0.5, 0.5, 0}, b{0, 0, 1};
  EXPECT_DOUBLE_EQ(likeness(a, a).cosine, 1);
  EXPECT_DOUBLE_EQ(likeness(a, a).spearman, 1);
  EXPECT_DOUBLE_EQ(likeness(a, b).cosine, 0);
  EXPECT_DOUBLE_EQ(likeness(a, b).spearman, -1);
  EXPECT_NEAR(likeness(a, Values{1, 0, 0}).cosine, std::sqrt(0.5), 1e-15);
  EXPECT_TRUE(std::isnan(likeness(Values{1}, Values{1}).cosine)) << "one site says nothing";
  EXPECT_TRUE(std::isnan(likeness(Values{.5, .5}, Values{1, 0}).spearman)) << "flat";
}

TEST(Experts, AreCountedStrictlyAboveTheBoundAsMlSelfcondDoes) {
  // AP of peers' oracle: RandomState(1234).rand(10, 6) against 1 1 0 1 0 0.
  const Values ap{.7222, .5556, 1, 1, 1, .6333, .9167, .7, .8056, .7222};
  const NeuronSites sites{{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, 2};
  const MatrixD found = experts(ap, sites, Values{.5, .7, .9, 1});
  MatrixD expected(2, 4);
  expected << 5, 4, 3, 0, 5, 3, 1, 0;
  EXPECT_EQ(found, expected);
  EXPECT_EQ(refusal([&] { experts(Values{1}, sites, Values{.5}); }), "1 scores but sites of 10 neurons");
}

TEST(Comparison, FingerprintsOfPairsAreThoseOfTheFirstNeurons) {
  const std::vector<ComparedRanking> rankings{{{0, 1, 2, 3}, {4, 3, 2, 1}}, {{2, 0, 1, 3}, {3, 2, 4, 1}}};
  AgreementOptions options{{1, 2}, 0.9, {{0, 0, 1, 1}, 2}};
  const PairAgreement pair = agreements(rankings, options).front();
  EXPECT_NEAR(pair.fingerprints.cosine, std::sqrt(0.5), 1e-15) << "(1, 0) against (1/2, 1/2)";
  options.sites = {};
  EXPECT_TRUE(std::isnan(agreements(rankings, options).front().fingerprints.cosine));
}

}  // namespace
}  // namespace neurox
