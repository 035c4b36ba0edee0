#include "neurox/rank/counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Counts, NeuronsNeededForAShareAreCounted) {
  MatrixF W(2, 4);
  W << 8, 4, 2, 2,  // 16: half by 1, 3/4 by 2, 9/10 by 4
      0, 0, 5, 5;   // 10: half by 1, all by 2
  const auto counts = count_by_mass(W, std::vector<double>{0.5, 0.75, 0.9});
  EXPECT_THAT(counts[0].per_class, ElementsAre(1, 1));
  EXPECT_EQ(counts[0].together, 2);
  EXPECT_THAT(counts[1].per_class, ElementsAre(2, 2));
  EXPECT_EQ(counts[1].together, 4);
  EXPECT_THAT(counts[2].per_class, ElementsAre(4, 2));
}

TEST(Counts, NeuronsAreSpreadOverTheirSites) {
  const std::vector<std::int32_t> site_of{0, 0, 1, 1, 2};
  EXPECT_THAT(spread_over_sites({4, 0, 1, 2}, site_of, 4), ElementsAre(2, 1, 1, 0));
  EXPECT_THAT(refusal([&] { spread_over_sites({5}, site_of, 4); }),
              HasSubstr("neuron 5 is listed but there are 5"));
  EXPECT_THAT(refusal([&] { spread_over_sites({4}, site_of, 2); }),
              HasSubstr("neuron 4 is at site 2 but there are 2"));
}

TEST(Counts, NeuronsAreFocusedOrShared) {
  const Sharing s = sharing_between_classes({{0, 1}, {1, 2, 3}, {}}, 5);
  EXPECT_THAT(s.classes_per_neuron, ElementsAre(1, 2, 1, 1, 0));
  EXPECT_THAT(s.focused, ElementsAre(ElementsAre(0), ElementsAre(2, 3), ElementsAre()));
  EXPECT_THAT(s.shared, ElementsAre(1));
  EXPECT_DOUBLE_EQ(s.jaccard(0, 1), 1.0 / 4);
  EXPECT_DOUBLE_EQ(s.jaccard(1, 1), 1);
  EXPECT_DOUBLE_EQ(s.jaccard(2, 2), 0);
  EXPECT_EQ(s.jaccard, s.jaccard.transpose());
  EXPECT_THAT(refusal([] { sharing_between_classes({{7}}, 5); }),
              HasSubstr("neuron 7 is listed but there are 5"));
}

}  // namespace
}  // namespace neurox
