#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace neurox::ablate {

/// What a classification measure counts in one condition, overall and for each gold class.
struct ClassCounts {
  std::vector<std::int64_t> seen, right,
      flipped;  ///< per class, and in the last entry those with no known gold class

  explicit ClassCounts(std::size_t classes) : seen(classes + 1), right(classes + 1), flipped(classes + 1) {}
  /// @param gold     -1: none, or none of the classes (never right)
  /// @param flipped  whether the prediction differs from the intact model's
  void add(int gold, bool is_right, bool is_flipped);
};

/// accuracy, accuracy_drop (intact minus this) and flip_rate of one class, or over all (`class_index` -1).
std::vector<std::pair<std::string, double>> count_figures(const ClassCounts& counts,
                                                          const ClassCounts& intact, int class_index);

}  // namespace neurox::ablate
