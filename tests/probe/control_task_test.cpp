#include "neurox/probe/control_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::Each;
using ::testing::HasSubstr;

std::vector<int> types(int count) {
  std::vector<int> words(static_cast<std::size_t>(count));
  std::iota(words.begin(), words.end(), 0);
  return words;
}

TEST(ControlTask, AWordTypeKeepsItsLabel) {
  ControlTask task(std::vector<int>{0, 1, 2, 2}, {3, ControlDistribution::Training, 5});
  const std::vector<int> first = task.label(std::vector<int>{7, 3, 7, 3, 11});
  EXPECT_EQ(first[0], first[2]);
  EXPECT_EQ(first[1], first[3]);
  EXPECT_EQ(task.label(std::vector<int>{11, 7, 3}), (std::vector<int>{first[4], first[0], first[1]}));
}

TEST(ControlTask, TheSeedDecidesAndDevelopmentTypesAreDrawnOn) {
  const std::vector<int> y{0, 1};
  ControlTask a(y, {2, ControlDistribution::Training, 5}), b(y, {2, ControlDistribution::Training, 5}),
      c(y, {2, ControlDistribution::Training, 6});
  const std::vector<int> all = a.label(types(200));
  std::vector<int> parts = b.label(std::span<const int>(types(200)).first(80));
  const std::vector<int> words = types(200);
  const std::vector<int> rest = b.label(std::span<const int>(words).subspan(80));
  parts.insert(parts.end(), rest.begin(), rest.end());
  EXPECT_EQ(all, parts);
  EXPECT_NE(all, c.label(types(200)));
}

TEST(ControlTask, ClassesComeAsOftenAsInTraining) {
  std::vector<int> y(1000, 0);
  std::fill(y.begin(), y.begin() + 300, 2);  // 0: 700, 1: none, 2: 300
  std::vector<int> counts(3, 0);
  for (int label : ControlTask(y, {3, ControlDistribution::Training, 1}).label(types(10000)))
    ++counts[static_cast<std::size_t>(label)];
  EXPECT_NEAR(counts[0], 7000, 200);
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[2], 3000, 200);
}

TEST(ControlTask, UniformClassesAreAlike) {
  std::vector<int> counts(4, 0);
  for (int label : ControlTask(std::vector<int>{0}, {4, ControlDistribution::Uniform, 1}).label(types(8000)))
    ++counts[static_cast<std::size_t>(label)];
  EXPECT_THAT(counts, Each(::testing::AllOf(::testing::Gt(1850), ::testing::Lt(2150))));
}

TEST(ControlTask, AnAssignmentCanBeGiven) {
  ControlTask task(std::vector<int>{0, 1}, {2, ControlDistribution::Training, 0});
  task.assign(4, 1);
  task.assign(5, 0);
  EXPECT_EQ(task.label(std::vector<int>{4, 5, 4}), (std::vector<int>{1, 0, 1}));
}

TEST(ControlTask, WhatDoesNotFitIsRefused) {
  EXPECT_THAT(refusal([] {
                ControlTask({}, {2, ControlDistribution::Training, 0});
              }),
              HasSubstr("no training labels"));
  EXPECT_THAT(refusal([] {
                ControlTask(std::vector<int>{2}, {2, ControlDistribution::Training, 0});
              }),
              HasSubstr("label of token 0 is 2"));
  ControlTask task(std::vector<int>{0, 1}, {2, ControlDistribution::Training, 0});
  EXPECT_THAT(refusal([&] { task.label(std::vector<int>{-3}); }), HasSubstr("word type of token 0 is -3"));
  EXPECT_THAT(refusal([&] { task.assign(1, 2); }), HasSubstr("control label of word type 1 is 2"));
}

}  // namespace
}  // namespace neurox
