#pragma once

#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "neurox/core/random.h"

namespace neurox::attribute {

/// 0, ..., n-1 in a random order, all orders alike (Fisher-Yates).
inline std::vector<std::size_t> random_order(std::size_t n, Random& random) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

/// Mean and spread of numbers that come one by one (Welford).
class Running {
 public:
  void add(double x) {
    ++count_;
    const double step = x - mean_;
    mean_ += step / static_cast<double>(count_);
    squares_ += step * (x - mean_);
  }
  std::size_t count() const { return count_; }
  double mean() const { return mean_; }
  /// Standard error of the mean, sample variance over count; NaN for fewer than two numbers.
  double error() const;

 private:
  std::size_t count_ = 0;
  double mean_ = 0, squares_ = 0;
};

}  // namespace neurox::attribute
