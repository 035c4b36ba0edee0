#include "neurox/rank/relabel.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;

/// 60 word types, type t with 1 + t % 3 tokens, always of class t % 2.
struct TypedWords {
  Labelling labels;
  std::vector<std::int32_t> types;
};
TypedWords typed_words() {
  TypedWords out;
  for (int t = 0; t < 60; ++t)
    for (int k = 0; k <= t % 3; ++k) {
      out.types.push_back(t);
      out.labels.y.push_back(t % 2);
    }
  return out;
}

TEST(Permuted, AWordThatHadOneLabelStillHasOne) {
  const TypedWords w = typed_words();
  const Labelling other = permuted(w.labels, w.types, 3);
  EXPECT_NE(other.y, w.labels.y);
  std::map<std::int32_t, std::set<int>> seen;
  for (std::size_t i = 0; i < w.types.size(); ++i) seen[w.types[i]].insert(other.y[i]);
  for (const auto& [type, labels] : seen) EXPECT_EQ(labels.size(), 1U) << type;
}
TEST(Permuted, GroupsOfOneSizeExchangeLabelsSoThatClassesKeepTheirSize) {
  const TypedWords w = typed_words();  // 20 types of each size: a stratum each
  const Labelling other = permuted(w.labels, w.types, 4);
  EXPECT_EQ(std::accumulate(other.y.begin(), other.y.end(), 0),
            std::accumulate(w.labels.y.begin(), w.labels.y.end(), 0));
}
TEST(Permuted, WithoutGroupsItIsAPermutationOfTheTokens) {
  Labelling labels{{}, {}, {}};
  for (int i = 0; i < 100; ++i) labels.y.push_back(i % 7);
  Labelling other = permuted(labels, {}, 5);
  EXPECT_NE(other.y, labels.y);
  EXPECT_TRUE(std::is_permutation(other.y.begin(), other.y.end(), labels.y.begin()));
}
TEST(Permuted, NumbersAreExchangedTooAndTokensWithoutALabelKeepNone) {
  const Labelling other = permuted({{}, {}, {1, 2, NAN, 3}}, {}, 1);
  EXPECT_TRUE(std::isnan(other.numbers[2]));
  EXPECT_EQ(other.numbers[0] + other.numbers[1] + other.numbers[3], 6);
  EXPECT_EQ(permuted({{0, -1, 1}}, {}, 1).y[1], -1);
}
TEST(Permuted, TheSeedDecides) {
  const TypedWords w = typed_words();
  EXPECT_EQ(permuted(w.labels, w.types, 9).y, permuted(w.labels, w.types, 9).y);
  EXPECT_NE(permuted(w.labels, w.types, 9).y, permuted(w.labels, w.types, 10).y);
}
TEST(Resampled, DrawsAsManyGroupsAsThereAreWhole) {
  const std::vector<std::int32_t> sentences{0, 0, 1, 1, 2, 2, 3, 3};
  const Labelling draw = resampled({std::vector<int>(8, 0)}, sentences, 7);
  EXPECT_EQ(std::accumulate(draw.weight.begin(), draw.weight.end(), 0), 8);
  for (std::size_t i = 0; i < 8; i += 2) EXPECT_EQ(draw.weight[i], draw.weight[i + 1]);
}
TEST(Halves, ShareNothingAndMissNothing) {
  const std::vector<std::int32_t> sentences{0, 0, 1, 2, 2, 2, 3};
  const auto [a, b] = halves({std::vector<int>(7, 0)}, sentences, 2);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(a.weight[i] + b.weight[i], 1);
  EXPECT_EQ(a.weight[3], a.weight[5]) << "a sentence lies in one half";
}
TEST(Relabel, GroupsOfAnotherLengthAreRefused) {
  EXPECT_EQ(refusal([] { permuted({{0, 1}}, std::vector<std::int32_t>{1}, 0); }), "1 group ids but 2 labels");
}

}  // namespace
}  // namespace neurox
