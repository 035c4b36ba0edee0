#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "neurox/core/random.h"

namespace neurox {

enum class ControlDistribution {
  Training,  ///< classes as often as among training tokens
  Uniform    ///< every class alike
};

struct ControlOptions {
  int num_classes = 0;
  ControlDistribution distribution = ControlDistribution::Training;
  std::uint64_t seed = 0;
};

/// Hewitt and Liang's control task: every word type gets one random label, so a probe can only learn it by
/// memorising words. Selectivity = accuracy on the task - accuracy on the control task.
///
/// Types are drawn in order of first appearance; a type keeps its label, so the assignment made on training
/// words is shared with words labelled later (dev, test), whose new types are drawn on.
/// Source: Hewitt & Liang, EMNLP 2019.
class ControlTask {
 public:
  /// @param train_y  training labels, whose distribution is drawn from
  /// @throws Error{Input} when there are no labels or one is out of [0, num_classes)
  ControlTask(std::span<const int> train_y, const ControlOptions& options);

  /// Labels of `words` (word type ids >= 0), drawing for types not yet seen.
  std::vector<int> label(std::span<const int> words);

  /// Fixes the labels of types beforehand, e.g. from a stored assignment.
  void assign(int word, int label);

 private:
  int draw();

  std::vector<std::int64_t> cumulative_;  ///< #classes running counts
  Random random_;
  std::unordered_map<int, int> labels_;
};

}  // namespace neurox
