#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "neurox/core/no_value.h"

/// What `view --course` found, as a report shows it. A number that is not known is NaN.
namespace neurox {

/// A neuron at a position of the sentences of one condition.
struct CourseValue {
  double position = 0;
  std::string word;  ///< the most frequent one
  double word_share = 1;
  std::int64_t sentences = 0;
  double mean = no_value, sd = no_value, error = no_value;
  /// Of the sentences with a base, the base's mean and what became of it.
  std::int64_t compared = 0;
  double base = no_value, difference = no_value, difference_error = no_value;
  double strengthens = no_value, weakens = no_value, flips = no_value;
};
struct CourseLine {
  std::string condition;
  std::vector<CourseValue> values;  ///< by position
};
struct CourseUnit {
  std::string address;
  double reference = no_value;
  std::vector<CourseLine> lines;
  /// Share of the variance between conditions, by position.
  std::vector<std::pair<double, double>> between;
};
struct CourseCurves {
  std::string file, model;
  std::vector<CourseUnit> units;  ///< the first ones
  std::int64_t neurons = 0;       ///< in the file
};

}  // namespace neurox
