#include "neurox/attribute/agreement.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

/// Positions, largest value first, ties by number.
std::vector<std::size_t> descending(std::span<const double> x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return x[i] > x[j]; });
  return order;
}

void check_sizes(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) throw usage_error("agreement: {} values against {}", a.size(), b.size());
}

}  // namespace

double top_overlap(std::span<const double> a, std::span<const double> b, std::size_t k) {
  check_sizes(a, b);
  if (k < 1 || k > a.size()) throw usage_error("agreement: the top {} of {} values", k, a.size());
  const std::vector<std::size_t> of_a = descending(a), of_b = descending(b);
  const auto end = of_b.begin() + static_cast<std::ptrdiff_t>(k);
  std::size_t both = 0;
  for (std::size_t i = 0; i < k; ++i)
    if (std::find(of_b.begin(), end, of_a[i]) != end) ++both;
  return static_cast<double>(both) / static_cast<double>(k);
}

}  // namespace neurox::attribute
