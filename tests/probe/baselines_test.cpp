#include "neurox/probe/baselines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Baselines, TheMostFrequentClassIsTheMajorityAndTheLowestOnTies) {
  EXPECT_EQ(majority_class(std::vector<int>{2, 1, 2, 0}, 3), 2);
  EXPECT_EQ(majority_class(std::vector<int>{2, 1, 1, 2}, 3), 1);
}

TEST(Baselines, AWordGetsItsOwnMostFrequentTagAndANewWordTheMajority) {
  // Word 5: tags 1, 1, 0; word 2: tags 0, 2 (a tie); the majority is 0.
  const std::vector<int> words{5, 5, 5, 2, 2, 9}, y{1, 1, 0, 0, 2, 0};
  EXPECT_THAT(predict_by_lookup({words, y, 3}, std::vector<int>{5, 2, 9, 3, 100}),
              ElementsAre(1, 0, 0, 0, 0));
}

TEST(Baselines, WhatDoesNotFitIsRefused) {
  EXPECT_THAT(refusal([] { majority_class({}, 2); }), HasSubstr("no training tokens"));
  EXPECT_THAT(refusal([] { majority_class(std::vector<int>{2}, 2); }), HasSubstr("label of token 0 is 2"));
  const std::vector<int> words{0, 1}, one{0};
  EXPECT_THAT(refusal([&] {
                predict_by_lookup({words, one, 2}, words);
              }),
              HasSubstr("2 training words but 1 labels"));
  EXPECT_THAT(refusal([&] {
                predict_by_lookup({one, one, 2}, std::vector<int>{-1});
              }),
              HasSubstr("word type of token 0 is -1"));
}

}  // namespace
}  // namespace neurox
