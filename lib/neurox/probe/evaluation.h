#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox {

struct ClassScores {
  std::int64_t support = 0;    ///< tokens of the class
  std::int64_t predicted = 0;  ///< tokens predicted as it
  double precision = 0;        ///< right / predicted; 0 when none was predicted
  double recall = 0;  ///< right / support, what peers print as the accuracy of a class; NaN without tokens
  double f1 = 0;      ///< 2 right / (support + predicted); 0 when both are 0
};

struct Evaluation {
  std::int64_t tokens = 0;
  std::int64_t unknown = 0;  ///< tokens whose true class the probe does not know (label -1): always wrong
  double accuracy = 0;       ///< over all tokens, unknown ones included
  double macro_f1 = 0;       ///< mean of f1 over classes that occur or are predicted
  double weighted_f1 = 0;    ///< mean of f1 weighted by support
  std::vector<ClassScores> classes;
  std::vector<std::vector<std::int64_t>> confusion;  ///< [true][predicted] tokens
};

/// Accuracy, precision, recall, F1 and confusion of predicted against true classes.
///
/// @param truth      #tokens true classes, -1 where it is none of the probe's
/// @param predicted  #tokens predicted classes, each in [0, num_classes)
/// @throws Error{Input} when sizes differ, there are no tokens, or a class is out of range
Evaluation evaluate(std::span<const int> truth, std::span<const int> predicted, int num_classes);

/// Mean of -log softmax(logits)[truth] over tokens with truth >= 0, nats; NaN when there are none.
/// @param logits  #tokens x #classes
double mean_cross_entropy(const MatrixF& logits, std::span<const int> truth);

/// The column of the largest entry of each row; the lowest on ties.
std::vector<int> argmax_rows(const MatrixF& logits);

}  // namespace neurox
