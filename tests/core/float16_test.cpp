#include "neurox/core/float16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace neurox {
namespace {

TEST(Float16, KnownValues) {
  EXPECT_EQ(half_to_float_plain(0x3C00), 1.0F);
  EXPECT_EQ(half_to_float_plain(0xC000), -2.0F);
  EXPECT_EQ(half_to_float_plain(0x7BFF), 65504.0F);
  EXPECT_EQ(half_to_float_plain(0x0001), std::ldexp(1.0F, -24));
  EXPECT_EQ(float_to_half_plain(65504.0F), 0x7BFF);
  EXPECT_EQ(float_to_half_plain(65519.996F), 0x7BFF);
  EXPECT_EQ(float_to_half_plain(65520.0F), 0x7C00);
  EXPECT_EQ(float_to_half_plain(1.0F + std::ldexp(1.0F, -11)), 0x3C00);      // a tie, to even
  EXPECT_EQ(float_to_half_plain(1.0F + 3 * std::ldexp(1.0F, -11)), 0x3C02);  // likewise
  EXPECT_EQ(float_to_half_plain(std::ldexp(1.0F, -25)), 0x0000);             // half of the smallest, to even
  EXPECT_EQ(float_to_half_plain(-std::numeric_limits<float>::infinity()), 0xFC00);
  EXPECT_TRUE(std::isnan(half_to_float_plain(float_to_half_plain(std::nanf("")))));
}

TEST(Float16, EveryHalfSurvivesTheWayThroughFloat) {
  for (std::uint32_t h = 0; h < 0x10000; ++h) {
    const auto half = static_cast<std::uint16_t>(h);
    if ((h & 0x7C00U) == 0x7C00U && (h & 0x3FFU) != 0) continue;  // NaN
    EXPECT_EQ(float_to_half_plain(half_to_float_plain(half)), half);
  }
}

TEST(Float16, TheProcessorAndThePlainLoopsAgree) {
  std::vector<std::uint16_t> halves(0x10000);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> floats(halves.size());
  half_to_float(halves.data(), floats.data(), static_cast<std::int64_t>(floats.size()));
  for (std::size_t i = 0; i < halves.size(); ++i)
    EXPECT_EQ(std::bit_cast<std::uint32_t>(floats[i]),
              std::bit_cast<std::uint32_t>(half_to_float_plain(halves[i])));

  std::mt19937 draw(1);
  for (float& x : floats) x = std::bit_cast<float>(static_cast<std::uint32_t>(draw()));
  for (std::size_t i = 0; i < 40000; ++i)  // most random bits are out of half's range
    floats[i] = std::ldexp(static_cast<float>(draw() >> 8) - 8388608.0F, -static_cast<int>(draw() % 50));
  float_to_half(floats.data(), halves.data(), static_cast<std::int64_t>(floats.size()));
  for (std::size_t i = 0; i < halves.size(); ++i)
    EXPECT_EQ(halves[i], float_to_half_plain(floats[i])) << floats[i];
}

}  // namespace
}  // namespace neurox
