#include "neurox/ablate/keep_search.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support.h"

namespace neurox::ablate {
namespace {

using ::testing::HasSubstr;

std::int64_t found(std::int64_t units, double share, const std::function<double(std::int64_t)>& score,
                   std::int64_t at_once, std::size_t* measured = nullptr) {
  const auto scores = [&](std::span<const std::int64_t> numbers) {
    std::vector<double> out;
    for (const std::int64_t n : numbers) out.push_back(score(n));
    if (measured != nullptr) *measured += numbers.size();
    return out;
  };
  return smallest_kept(units, score(units), scores, {share, at_once}).kept;
}

TEST(KeepSearch, FindsTheLeastThatKeepsARisingScore) {
  const auto score = [](std::int64_t n) { return static_cast<double>(n) / 100; };
  for (const std::int64_t at_once : {1, 3, 8, 200})
    for (const double share : {0.01, 0.5, 0.995, 1.0})
      EXPECT_EQ(found(100, share, score, at_once), std::int64_t(std::ceil(share * 100 - 1e-9))) << share;
  std::size_t measured = 0;
  found(
      100000, 0.37, [](std::int64_t n) { return static_cast<double>(n); }, 9, &measured);
  EXPECT_LE(measured, 50U);
}

TEST(KeepSearch, NothingMayDoAndEverythingMayBeNeeded) {
  EXPECT_EQ(found(
                7, 0.9, [](std::int64_t) { return 0.5; }, 3),
            0);
  EXPECT_EQ(found(
                7, 0.9, [](std::int64_t n) { return n == 7 ? 1.0 : 0.1; }, 3),
            7);
  EXPECT_EQ(found(
                1, 0.9, [](std::int64_t n) { return n == 1 ? 1.0 : 0.1; }, 3),
            1);
}

TEST(KeepSearch, WhatIsFoundSufficesAndOneFewerDoesNotHoweverTheScoreRuns) {
  const auto score = [](std::int64_t n) {
    return 1 + std::sin(static_cast<double>(n * n)) / 2 + 0.02 * double(n);
  };
  for (const double share : {0.3, 0.5, 0.7, 0.9})
    for (const std::int64_t at_once : {1, 4, 8}) {
      const std::int64_t n = found(60, share, score, at_once);
      EXPECT_GE(score(n), share * score(60));
      EXPECT_TRUE(n == 0 || score(n - 1) < share * score(60));
    }
}

TEST(KeepSearch, RefusesSharesThatAreNone) {
  const auto one = [](std::span<const std::int64_t> numbers) {
    return std::vector<double>(numbers.size(), 1);
  };
  EXPECT_THAT(testing::refusal([&] {
                smallest_kept(3, 1, one, {1.5, 2});
              }),
              HasSubstr("lies in (0, 1], unlike 1.5"));
  EXPECT_THAT(testing::refusal([&] { smallest_kept(3, 0, one, {0.5, 2}); }), HasSubstr("score is 0"));
}

}  // namespace
}  // namespace neurox::ablate
