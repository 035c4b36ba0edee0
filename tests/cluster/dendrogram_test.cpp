#include "neurox/cluster/dendrogram.h"

#include <gmock/gmock.h>

#include "support.h"

namespace neurox::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Leaves 0 1 at .1, 2 3 at .2, those two at .8; 4 joins at .9.
Dendrogram small_tree() {
  return {{0, 1, 0.1, 2}, {2, 3, 0.2, 2}, {5, 6, 0.8, 4}, {4, 7, 0.9, 5}};
}

TEST(Dendrogram, MergesOfLeavesGetTheOrderAndNumbersOfScipy) {
  // Found in any order, by one leaf of each cluster.
  EXPECT_EQ(ordered_dendrogram({{1, 3, 0.8, 0}, {3, 2, 0.2, 0}, {4, 0, 0.9, 0}, {1, 0, 0.1, 0}}),
            small_tree());
}
TEST(Dendrogram, AThresholdTakesMergesUpToIt) {
  EXPECT_THAT(cut_at(small_tree(), 0), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(cut_at(small_tree(), 0.1), ElementsAre(0, 0, 1, 2, 3));
  EXPECT_THAT(cut_at(small_tree(), 0.79), ElementsAre(0, 0, 1, 1, 2));
  EXPECT_THAT(cut_at(small_tree(), 1), ElementsAre(0, 0, 0, 0, 0));
}
TEST(Dendrogram, ANumberOfClustersUndoesTheHighestMerges) {
  EXPECT_THAT(cut_into(small_tree(), 1), ElementsAre(0, 0, 0, 0, 0));
  EXPECT_THAT(cut_into(small_tree(), 3), ElementsAre(0, 0, 1, 1, 2));
  EXPECT_THAT(cut_into(small_tree(), 5), ElementsAre(0, 1, 2, 3, 4));
}
TEST(Dendrogram, MergesOfOneHeightAreUndoneTogether) {
  const Dendrogram tied{{0, 1, 0.5, 2}, {2, 3, 0.5, 2}, {4, 5, 0.9, 4}};
  EXPECT_THAT(cut_into(tied, 3), ElementsAre(0, 0, 1, 1)) << "three would have to tell the tie apart";
  EXPECT_THAT(cut_into(tied, 4), ElementsAre(0, 1, 2, 3));
}
TEST(Dendrogram, TheCutByLifetimeCutsEachBranchAtItsOwnHeight) {
  // {4} is shed at .9, the root divides at .8 into {0 1} and {2 3}, which live 2 (.8 - .1) and 2 (.8 - .2).
  EXPECT_THAT(cut_by_lifetime(small_tree(), 2), ElementsAre(0, 0, 1, 1, 2));
  // A tight group divides at .1 beside a wide one that ends at .7: no one height gives both.
  const Dendrogram uneven{{0, 1, 0.02, 2}, {2, 3, 0.02, 2},  {8, 9, 0.1, 4},  {4, 5, 0.6, 2},
                          {6, 7, 0.65, 2}, {11, 12, 0.7, 4}, {10, 13, 1.0, 8}};
  // {0..3} lives 4 (1 - .1) = 3.6 against 4 (.1 - .02); {4..7} 4 (.3) = 1.2 against 2 (.1) + 2 (.05).
  EXPECT_THAT(cut_by_lifetime(uneven, 2), ElementsAre(0, 0, 0, 0, 1, 1, 1, 1));
  // Five leaves that come one by one are no division: the two of the first merge are in no cluster taken.
  const Dendrogram comb{{0, 1, 0.1, 2}, {2, 5, 0.2, 3}, {3, 6, 0.3, 4}, {4, 7, 0.4, 5}};
  EXPECT_THAT(cut_by_lifetime(comb, 2), ElementsAre(0, 1, 2, 3, 4));
}
TEST(Dendrogram, SmallClustersAreNotTakenByLifetime) {
  // {0 1}; 4 and 5 join {2 3} one by one.
  const Dendrogram numbered{{0, 1, 0.1, 2}, {2, 3, 0.1, 2}, {4, 7, 0.2, 3}, {5, 8, 0.3, 4}, {6, 9, 0.9, 6}};
  EXPECT_THAT(cut_by_lifetime(numbered, 2), ElementsAre(0, 0, 1, 1, 1, 1));
  EXPECT_THAT(cut_by_lifetime(numbered, 3), ElementsAre(0, 1, 2, 3, 4, 5))
      << "only the root has two parts of 3";
}
TEST(Dendrogram, LeavesStandSideBySideAsBranchesDo) {
  EXPECT_THAT(leaf_order(small_tree()), ElementsAre(4, 0, 1, 2, 3));
  EXPECT_THAT(leaf_order({}), ElementsAre(0));
}
TEST(Dendrogram, OneLeafIsOneCluster) {
  EXPECT_THAT(cut_at({}, 0.5), ElementsAre(0));
  EXPECT_THAT(cut_into({}, 1), ElementsAre(0));
  EXPECT_THAT(cut_by_lifetime({}, 2), ElementsAre(0));
}
TEST(Dendrogram, RefusesCutsThatAreNone) {
  EXPECT_THAT(refusal([] { cut_at(small_tree(), -0.1); }), HasSubstr("a threshold of -0.1 is no distance"));
  EXPECT_THAT(refusal([] { cut_into(small_tree(), 6); }), HasSubstr("6 clusters of 5 things; give 1 to 5"));
  EXPECT_THAT(refusal([] { cut_by_lifetime(small_tree(), 1); }), HasSubstr("has 2 at least"));
}

}  // namespace
}  // namespace neurox::testing
