#include "neurox/probe/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support.h"

namespace neurox {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Evaluation, ScoresAreThoseCountedByHand) {
  // class 0: 2 of 3 right, predicted 3 times; class 1: 1 of 2 right, predicted twice; class 2 never occurs.
  const std::vector<int> truth{0, 0, 0, 1, 1}, predicted{0, 0, 1, 1, 0};
  const Evaluation e = evaluate(truth, predicted, 3);
  EXPECT_DOUBLE_EQ(e.accuracy, 3.0 / 5);
  EXPECT_DOUBLE_EQ(e.classes[0].recall, 2.0 / 3);
  EXPECT_DOUBLE_EQ(e.classes[0].precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(e.classes[1].f1, 2 * 0.5 * 0.5 / (0.5 + 0.5));
  EXPECT_TRUE(std::isnan(e.classes[2].recall));
  EXPECT_DOUBLE_EQ(e.macro_f1, (2.0 / 3 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(e.weighted_f1, (3 * 2.0 / 3 + 2 * 0.5) / 5);
  EXPECT_THAT(e.confusion, ElementsAre(ElementsAre(2, 1, 0), ElementsAre(1, 1, 0), ElementsAre(0, 0, 0)));
}

TEST(Evaluation, ATokenOfAnUnknownClassIsWrong) {
  const Evaluation e = evaluate(std::vector<int>{0, -1}, std::vector<int>{0, 0}, 2);
  EXPECT_EQ(e.unknown, 1);
  EXPECT_DOUBLE_EQ(e.accuracy, 0.5);
  EXPECT_DOUBLE_EQ(e.classes[0].precision, 0.5);
}

TEST(Evaluation, CrossEntropyOfEqualScoresIsTheLogOfTheClasses) {
  const MatrixF logits = MatrixF::Constant(3, 4, 1000);
  EXPECT_NEAR(mean_cross_entropy(logits, std::vector<int>{0, 3, -1}), std::log(4.0), 1e-12);
  EXPECT_TRUE(std::isnan(mean_cross_entropy(logits, std::vector<int>{-1, -1, -1})));
}

TEST(Evaluation, TheLowestClassWinsATie) {
  MatrixF logits(2, 3);
  logits << 1, 2, 2, 3, 3, 3;
  EXPECT_THAT(argmax_rows(logits), ElementsAre(1, 0));
}

TEST(Evaluation, WhatDoesNotFitIsRefused) {
  EXPECT_THAT(refusal([] {
                evaluate(std::vector<int>{0}, std::vector<int>{0, 1}, 2);
              }),
              HasSubstr("1 true labels but 2 predicted"));
  EXPECT_THAT(refusal([] { evaluate({}, {}, 2); }), HasSubstr("no tokens"));
  EXPECT_THAT(refusal([] { evaluate(std::vector<int>{2}, std::vector<int>{0}, 2); }),
              HasSubstr("label of token 0 is 2"));
  EXPECT_THAT(refusal([] { evaluate(std::vector<int>{1}, std::vector<int>{-1}, 2); }),
              HasSubstr("prediction for token 0 is -1"));
  EXPECT_THAT(refusal([] { mean_cross_entropy(MatrixF::Zero(1, 2), std::vector<int>{2}); }),
              HasSubstr("label of token 0 is 2"));
}

}  // namespace
}  // namespace neurox
