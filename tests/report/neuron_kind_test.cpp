#include "neurox/report/neuron_kind.h"

#include <gmock/gmock.h>

#include "support.h"

namespace neurox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

KindInput neuron(double variance, double max = 1, bool relu = false, double saturated = no_value) {
  KindInput n{0, relu, {}};
  n.statistics.variance = variance, n.statistics.min = -1, n.statistics.max = max,
  n.statistics.saturated = saturated;
  return n;
}

TEST(NeuronKind, SaturatedDeadAndConstantFollowTheirLimits) {
  const auto kinds = kinds_of(std::vector{neuron(1, 1, false, 0.9), neuron(1, 1, false, 0.89),
                                          neuron(0, 0, true), neuron(1, 0, false), neuron(9e-13)});
  EXPECT_THAT(kinds[0], ElementsAre(NeuronKind::Saturated));
  EXPECT_THAT(kinds[1], IsEmpty());
  EXPECT_THAT(kinds[2], ElementsAre(NeuronKind::DeadRelu, NeuronKind::Constant));
  EXPECT_THAT(kinds[3], IsEmpty());  // never above 0, but no ReLU
  EXPECT_THAT(kinds[4], ElementsAre(NeuronKind::Constant));
}

TEST(NeuronKind, HighAndLowVarianceAreTheTailsOfEachSite) {
  std::vector<KindInput> neurons;
  for (int i = 0; i < 40; ++i) neurons.push_back(neuron(i + 1)), neurons.back().site = i % 2;
  const auto kinds = kinds_of(neurons);  // 5 % of 20 per site: one each
  for (int i = 0; i < 40; ++i) {
    const auto& k = kinds[static_cast<std::size_t>(i)];
    if (i < 2)
      EXPECT_THAT(k, ElementsAre(NeuronKind::LowVariance)) << i;
    else if (i >= 38)
      EXPECT_THAT(k, ElementsAre(NeuronKind::HighVariance)) << i;
    else
      EXPECT_THAT(k, IsEmpty()) << i;
  }
}

TEST(NeuronKind, ScalingASiteChangesNoTail) {
  std::vector<KindInput> a, b;
  for (int i = 0; i < 60; ++i)
    a.push_back(neuron((i * 37) % 60 + 1)), b.push_back(neuron(1e6 * ((i * 37) % 60 + 1)));
  EXPECT_EQ(kinds_of(a), kinds_of(b));
}

TEST(NeuronKind, WhatIsNotKnownIsOfNoKind) {
  EXPECT_THAT(kinds_of(std::vector{KindInput{0, true, {}}})[0], IsEmpty());
}

TEST(NeuronKind, AMisspeltKindIsRefusedWithTheNearest) {
  EXPECT_EQ(parse_neuron_kind("dead"), NeuronKind::DeadRelu);
  EXPECT_THAT(testing::refusal([] { parse_neuron_kind("saturatd"); }),
              ::testing::HasSubstr("'saturatd' is no kind of neuron (did you mean 'saturated'?)"));
}

}  // namespace
}  // namespace neurox
