#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox {

/// Values in order, with the places where they stood. Equal values lie side by side, by place.
class SortedValues {
 public:
  /// Sorts ascending; -0 equals 0. Reuses its memory from call to call. Values must not be NaN.
  /// Cost: a radix sort, O(n).
  void sort(std::span<const float> values);

  std::size_t size() const { return places_.size(); }
  /// Where the k-th smallest value stood.
  std::uint32_t place(std::size_t k) const { return places_[k]; }
  float value(std::size_t k) const;
  bool same(std::size_t a, std::size_t b) const { return keys_[a] == keys_[b]; }

  /// Calls `f(begin, end)` for each run [begin, end) of equal values, in ascending order.
  template <class F>
  void for_each_run(F&& f) const {
    for (std::size_t begin = 0; begin < size();) {
      std::size_t end = begin + 1;
      while (end < size() && same(begin, end)) ++end;
      f(begin, end);
      begin = end;
    }
  }
  /// Likewise from the largest value down.
  template <class F>
  void for_each_run_down(F&& f) const {
    for (std::size_t end = size(); end > 0;) {
      std::size_t begin = end - 1;
      while (begin > 0 && same(begin - 1, end - 1)) --begin;
      f(begin, end);
      end = begin;
    }
  }

 private:
  std::vector<std::uint32_t> keys_, places_, other_keys_, other_places_;
};

}  // namespace neurox
