#include "neurox/probe/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"
#include "synthetic.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::int32_t> sentences_of_three(int count) {
  std::vector<std::int32_t> s;
  for (int i = 0; i < 3 * count; ++i) s.push_back(i / 3);
  return s;
}

TEST(Split, SentencesStayWhole) {
  const auto s = sentences_of_three(100);
  const Split split = split_by_sentence(s, 0.2, 3);
  EXPECT_EQ(split.held_out.size(), 60U);
  EXPECT_EQ(split.train.size(), 240U);
  for (std::size_t i = 0; i < split.held_out.size(); i += 3) {
    EXPECT_EQ(split.held_out[i] % 3, 0);
    EXPECT_EQ(split.held_out[i + 2], split.held_out[i] + 2);
  }
}

TEST(Split, TheSeedDecidesAndTheOrderOfRowsDoesNot) {
  auto s = sentences_of_three(50);
  const Split a = split_by_sentence(s, 0.3, 3);
  EXPECT_NE(a.held_out, split_by_sentence(s, 0.3, 4).held_out);
  std::reverse(s.begin(), s.end());
  std::vector<Index> mirrored;
  for (Index row : split_by_sentence(s, 0.3, 3).held_out) mirrored.push_back(149 - row);
  std::sort(mirrored.begin(), mirrored.end());
  EXPECT_EQ(a.held_out, mirrored);
}

TEST(Split, OneSentenceStaysOnEachSide) {
  const Split split = split_by_sentence(std::vector<std::int32_t>{0, 0, 1}, 0.99, 1);
  EXPECT_FALSE(split.train.empty());
  EXPECT_FALSE(split.held_out.empty());
}

TEST(Split, ASubsetReadsTheRowsItNames) {
  MatrixF X(300, 2);
  for (Index i = 0; i < 300; ++i) X.row(i) << static_cast<float>(i), static_cast<float>(-i);
  const MatrixRows source(X);
  const std::vector<Index> rows{0, 1, 2, 50, 51, 180, 299};
  const RowSubset subset(source, rows);
  MatrixF out(5, 2);
  subset.read(2, out);
  EXPECT_THAT(std::vector<float>(out.col(0).begin(), out.col(0).end()), ElementsAre(2, 50, 51, 180, 299));
  EXPECT_THAT(take(std::vector<int>{5, 6, 7}, std::vector<Index>{0, 2}), ElementsAre(5, 7));
}

TEST(Split, WhatDoesNotFitIsRefused) {
  EXPECT_THAT(refusal([] {
                split_by_sentence(std::vector<std::int32_t>{1, 2}, 1, 0);
              }),
              HasSubstr("the held-out share is 1"));
  EXPECT_THAT(refusal([] {
                split_by_sentence(std::vector<std::int32_t>{4, 4}, 0.5, 0);
              }),
              HasSubstr("1 sentence(s)"));
  const MatrixRows source(MatrixF::Zero(3, 1));
  EXPECT_THAT(refusal([&] { RowSubset(source, std::vector<Index>{3}); }),
              HasSubstr("row 3 is asked for but there are 3"));
  EXPECT_THAT(refusal([&] { RowSubset(source, std::vector<Index>{1, 1}); }), HasSubstr("rows must ascend"));
}

}  // namespace
}  // namespace neurox
