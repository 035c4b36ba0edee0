#include "neurox/rank/vote.h"

#include <gmock/gmock.h>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::DoubleEq;
using ::testing::ElementsAre;

const std::vector<NeuronList> kVoters{{0, 1, 2, 3}, {1, 0, 3, 2}, {3, 1, 0, 2}};

TEST(Vote, ByHand) {
  // With a depth of 2: 2 and 1 votes. 0: 2 + 1; 1: 1 + 2 + 1; 3: 2. Of 3 x 2 at most.
  const Consensus c = vote(kVoters, 2);
  EXPECT_THAT(c.order, ElementsAre(1, 0, 3, 2));
  EXPECT_DOUBLE_EQ(c.scores(1), 4.0 / 6);
  EXPECT_DOUBLE_EQ(c.scores(0), 3.0 / 6);
  EXPECT_DOUBLE_EQ(c.scores(2), 0);
}

TEST(Vote, AnOrderingIsHeldAgainstTheConsensusOfAllOrOfTheOthers) {
  // The first two of all: {1, 0}; the orderings' {0, 1}, {1, 0}, {3, 1}.
  EXPECT_THAT(neuron_vote(kVoters, 2, 2, false), ElementsAre(DoubleEq(1), DoubleEq(1), DoubleEq(1.0 / 3)));
  // Without the first: 1 has 2 + 1, 3 has 2, 0 has 1: {1, 3}. Without the second: 0 and 3 have 2, 1 has
  // 1 + 1: {0, 1} by number. Without the third: {0, 1}.
  EXPECT_THAT(neuron_vote(kVoters, 2, 2, true),
              ElementsAre(DoubleEq(1.0 / 3), DoubleEq(1), DoubleEq(1.0 / 3)));
}

TEST(Vote, ThingsWithoutAVoteGoByTheirPlaces) {
  // Only the first has votes; the others' places sum to 1: 3 + 2, 2: 2 + 3, 3: 1 + 1.
  const std::vector<NeuronList> two{{0, 3, 2, 1}, {0, 3, 1, 2}};
  EXPECT_THAT(vote(two, 1).order, ElementsAre(0, 3, 1, 2));
}

TEST(Vote, MeanJaccardIsOverTheOthers) {
  // {0,1}-{1,0}: 1; with {3,1}: 1/3 each.
  EXPECT_THAT(mean_jaccard(kVoters, 2), ElementsAre(DoubleEq(2.0 / 3), DoubleEq(2.0 / 3), DoubleEq(1.0 / 3)));
}

TEST(Vote, OneOrderingIsItsOwnConsensusAndOrderOfVotersDoesNotMatter) {
  const Consensus one = vote(std::span(kVoters).first(1), 4);
  EXPECT_EQ(one.order, kVoters[0]);
  EXPECT_DOUBLE_EQ(one.scores(0), 1);
  const std::vector<NeuronList> turned(kVoters.rbegin(), kVoters.rend());
  EXPECT_EQ(vote(turned, 3).order, vote(kVoters, 3).order);
  EXPECT_EQ(vote(turned, 3).scores, vote(kVoters, 3).scores);
}

TEST(Vote, Refusals) {
  EXPECT_EQ(refusal([] { vote({}, 1); }), "vote: no ordering");
  EXPECT_EQ(refusal([] { vote(kVoters, 5); }), "vote: the first 5 of 4 things");
  const std::vector<NeuronList> uneven{{0, 1}, {0}};
  EXPECT_EQ(refusal([&] { vote(uneven, 1); }), "vote: orderings of 2 and 1 things");
  EXPECT_EQ(refusal([] { neuron_vote(std::span(kVoters).first(1), 1, 1, true); }), "vote: no ordering");
  EXPECT_EQ(refusal([] { mean_jaccard(std::span(kVoters).first(1), 1); }), "mean Jaccard index: 1 orderings");
}

}  // namespace
}  // namespace neurox
