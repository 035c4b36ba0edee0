#include "neurox/attribute/max_flow.h"

#include <gtest/gtest.h>

#include "support.h"

namespace neurox::attribute {
namespace {

using neurox::testing::refusal;

TEST(MaxFlow, OfAGraphByHand) {
  //   0 -> 1 (3), 0 -> 2 (2), 1 -> 2 (1), 1 -> 3 (1.5), 2 -> 3 (4): the cut {0, 1 | 2, 3} holds 2 + 1 + 1.5.
  FlowNetwork g(4);
  g.add_edge(0, 1, 3);
  g.add_edge(0, 2, 2);
  g.add_edge(1, 2, 1);
  g.add_edge(1, 3, 1.5);
  g.add_edge(2, 3, 4);
  EXPECT_DOUBLE_EQ(g.max_flow(0, 3), 4.5);
  EXPECT_DOUBLE_EQ(g.max_flow(0, 3), 4.5) << "the network is as before";
  EXPECT_DOUBLE_EQ(g.max_flow(0, 2), 3);
  EXPECT_EQ(g.max_flow(3, 0), 0);
}
TEST(MaxFlow, GoesBackOnAPathThatWasABadChoice) {
  //   0 -> 1, 0 -> 2, 1 -> 2, 1 -> 3, 2 -> 3, all 1: the middle edge must stay empty.
  FlowNetwork g(4);
  for (const auto& [a, b] : {std::pair{0, 1}, {0, 2}, {1, 2}, {1, 3}, {2, 3}})
    g.add_edge(static_cast<std::size_t>(a), static_cast<std::size_t>(b), 1);
  EXPECT_DOUBLE_EQ(g.max_flow(0, 3), 2);
}
TEST(MaxFlow, RefusesWhatIsNoGraph) {
  FlowNetwork g(2);
  EXPECT_EQ(refusal([&] { g.add_edge(0, 2, 1); }), "flow: an edge from 0 to 2 among 2 nodes");
  EXPECT_EQ(refusal([&] { g.add_edge(0, 1, -1); }), "flow: a capacity of -1");
  EXPECT_EQ(refusal([&] { g.max_flow(1, 1); }), "flow: from node 1 to 1 among 2 nodes");
}

}  // namespace
}  // namespace neurox::attribute
