#include "neurox/rank/overlap.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;

NeuronList shuffled(std::size_t n, std::uint64_t seed) {
  NeuronList out(n);
  std::iota(out.begin(), out.end(), Index{0});
  std::mt19937_64 random(seed);
  for (std::size_t i = n; i > 1; --i) std::swap(out[i - 1], out[random() % i]);
  return out;
}

TEST(Overlap, ByHand) {
  // Firsts: {0} {3}; {0,1} {3,0}; {0,1,2} {3,0,2}; all.
  const NeuronList a{0, 1, 2, 3}, b{3, 0, 2, 1};
  EXPECT_THAT(common_by_depth(a, b, 4), ElementsAre(0, 1, 2, 4));
  EXPECT_DOUBLE_EQ(overlap_at(a, b, 2), 0.5);
  EXPECT_DOUBLE_EQ(jaccard_at(a, b, 2), 1.0 / 3);
  EXPECT_DOUBLE_EQ(average_overlap(a, b, 3), (0 + 1.0 / 2 + 2.0 / 3) / 3);
  // p = 1/2: 1/2 (0 + 1/2 1/2 + 1/4 2/3 + 1/8 1) + 1/16
  EXPECT_DOUBLE_EQ(rank_biased_overlap(a, b, 0.5), 0.5 * (0.25 + 1.0 / 6 + 0.125) + 0.0625);
}

TEST(Overlap, TheFirstTenPlacesOfWebbersExampleCount86PerCent) {
  // Webber et al. 2010, section 4.3: at p = 0.9 the first 10 places have 86 % of the weight.
  EXPECT_NEAR(rank_biased_weight(0.9, 10), 0.8556, 5e-5);
  EXPECT_DOUBLE_EQ(rank_biased_weight(0.5, 1), 2 * 0.5 * std::log(2.0));
  EXPECT_NEAR(rank_biased_weight(0.9, 1000), 1, 1e-12);
}

TEST(Overlap, WeightIsWhatAgreementThereAddsToRankBiasedOverlap) {
  // Lists that agree on the first d as a set order by order and on nothing after, in the limit of long lists:
  // the share of the first d places is what they hold plus what they keep holding (X_d / i for i > d).
  const Index n = 4000, d = 7;
  NeuronList a(n), b(n);
  std::iota(a.begin(), a.end(), Index{0});
  std::iota(b.begin(), b.end(), Index{0});
  std::reverse(b.begin() + d, b.end());
  EXPECT_NEAR(rank_biased_overlap(a, b, 0.8), rank_biased_weight(0.8, d), 1e-12);
}

TEST(Overlap, MeasuresAreSymmetricOneOnThemselvesAndAnyNumberingWillDo) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::size_t n = 5 + seed * 7;
    const NeuronList a = shuffled(n, seed), b = shuffled(n, 100 + seed), names = shuffled(n, 200 + seed);
    NeuronList renamed_a, renamed_b;
    for (std::size_t i = 0; i < n; ++i) {
      renamed_a.push_back(names[static_cast<std::size_t>(a[i])]);
      renamed_b.push_back(names[static_cast<std::size_t>(b[i])]);
    }
    const auto k = static_cast<Index>(1 + seed % n), all = static_cast<Index>(n);
    EXPECT_EQ(overlap_at(a, b, k), overlap_at(b, a, k));
    EXPECT_EQ(overlap_at(a, b, k), overlap_at(renamed_a, renamed_b, k));
    EXPECT_EQ(average_overlap(a, b, k), average_overlap(b, a, k));
    EXPECT_EQ(rank_biased_overlap(a, b, 0.9), rank_biased_overlap(b, a, 0.9));
    EXPECT_EQ(rank_biased_overlap(a, b, 0.9), rank_biased_overlap(renamed_a, renamed_b, 0.9));
    EXPECT_DOUBLE_EQ(overlap_at(a, a, k), 1);
    EXPECT_DOUBLE_EQ(average_overlap(a, a, k), 1);
    EXPECT_NEAR(rank_biased_overlap(a, a, 0.9), 1, 1e-12);
    EXPECT_DOUBLE_EQ(overlap_at(a, b, all), 1) << "everything is in both";
    // A second route: sets.
    std::vector<Index> first(a.begin(), a.begin() + k), second(b.begin(), b.begin() + k), both;
    std::sort(first.begin(), first.end()), std::sort(second.begin(), second.end());
    std::set_intersection(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(both));
    EXPECT_DOUBLE_EQ(overlap_at(a, b, k), static_cast<double>(both.size()) / static_cast<double>(k));
    EXPECT_DOUBLE_EQ(
        jaccard_at(a, b, k),
        static_cast<double>(both.size()) / (2 * static_cast<double>(k) - static_cast<double>(both.size())));
  }
}

TEST(Overlap, ChanceIsTheTailOfAllShuffles) {
  // The first 2 of 4: of 6 sets of two, 1 shares both, 4 share one.
  EXPECT_NEAR(overlap_by_chance(4, 2, 2), 1.0 / 6, 1e-14);
  EXPECT_NEAR(overlap_by_chance(4, 2, 1), 5.0 / 6, 1e-14);
  EXPECT_NEAR(overlap_by_chance(4, 2, 0), 1, 1e-14);
  EXPECT_NEAR(overlap_by_chance(4, 3, 3), 0.25, 1e-14) << "two are always shared";
  EXPECT_NEAR(overlap_by_chance(2304, 50, 5), 0.003984536, 1e-9)
      << "scipy.stats.hypergeom(2304, 50, 50).sf(4)";
}

TEST(Overlap, Refusals) {
  const NeuronList a{0, 1, 2};
  EXPECT_EQ(refusal([&] { overlap_at(a, {0, 1}, 1); }), "agreement: orderings of 3 and 2 things");
  EXPECT_EQ(refusal([&] { overlap_at(a, a, 4); }), "agreement: the first 4 of 3 things");
  EXPECT_EQ(refusal([&] {
              overlap_at(a, {0, 0, 1}, 1);
            }),
            "agreement: 0 at place 1 of an ordering of 3 things stands there twice or is none");
  EXPECT_EQ(refusal([&] { rank_biased_overlap(a, a, 1); }),
            "rank-biased overlap: p 1 is not between 0 and 1");
  EXPECT_EQ(refusal([] { rank_biased_weight(0.5, 0); }), "rank-biased overlap: a depth of 0");
  EXPECT_EQ(refusal([] { overlap_by_chance(3, 2, 3); }), "agreement: 3 common among the first 2 of 3 things");
}

}  // namespace
}  // namespace neurox
