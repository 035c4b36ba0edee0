#include "neurox/attribute/agreement.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox::attribute {
namespace {

/// Positions, largest value first, ties by number.
std::vector<std::size_t> descending(std::span<const double> x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return x[i] > x[j]; });
  return order;
}

/// Ranks from 0, less their mean.
std::vector<double> centred_ranks(std::span<const double> x) {
  const std::vector<std::size_t> order = descending(x);
  std::vector<double> ranks(x.size());
  const double middle = (static_cast<double>(x.size()) - 1) / 2;
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && x[order[last]] == x[order[first]]) ++last;
    for (std::size_t i = first; i < last; ++i)
      ranks[order[i]] = (static_cast<double>(first) + static_cast<double>(last) - 1) / 2 - middle;
  }
  return ranks;
}

void check_sizes(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) throw usage_error("agreement: {} values against {}", a.size(), b.size());
}

}  // namespace

double spearman(std::span<const double> a, std::span<const double> b) {
  check_sizes(a, b);
  const std::vector<double> ra = centred_ranks(a), rb = centred_ranks(b);
  const auto dot = [](const std::vector<double>& x, const std::vector<double>& y) {
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  };
  const double scale = std::sqrt(dot(ra, ra) * dot(rb, rb));
  return scale > 0 ? dot(ra, rb) / scale : no_value;
}

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
