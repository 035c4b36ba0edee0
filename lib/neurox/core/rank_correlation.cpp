#include "neurox/core/rank_correlation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox {
namespace {

/// Ranks from 0, less their mean.
std::vector<double> centred_ranks(std::span<const double> x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return x[i] > x[j]; });
  std::vector<double> ranks(x.size());
  const double middle = (static_cast<double>(x.size()) - 1) / 2;
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && x[order[last]] == x[order[first]]) ++last;
    for (std::size_t i = first; i < last; ++i)
      ranks[order[i]] = (static_cast<double>(first) + static_cast<double>(last) - 1) / 2 - middle;
  }
  return ranks;
}

void check_same_size(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) throw usage_error("agreement: {} values against {}", a.size(), b.size());
}

std::int64_t pairs_of(std::int64_t n) {
  return n * (n - 1) / 2;
}

/// Pairs inside runs of the sorted `x` that `same` finds equal.
template <class Same>
std::int64_t tied_pairs(std::size_t n, const Same& same) {
  std::int64_t pairs = 0;
  for (std::size_t first = 0, last = 0; first < n; first = last) {
    while (last < n && same(first, last)) ++last;
    pairs += pairs_of(static_cast<std::int64_t>(last - first));
  }
  return pairs;
}

/// Sorts and returns how many pairs stood the wrong way round.
std::int64_t sort_counting(std::vector<double>& x) {
  std::int64_t swaps = 0;
  std::vector<double> merged(x.size());
  for (std::size_t width = 1; width < x.size(); width *= 2) {
    for (std::size_t begin = 0; begin < x.size(); begin += 2 * width) {
      const std::size_t middle = std::min(begin + width, x.size()),
                        end = std::min(begin + 2 * width, x.size());
      std::size_t left = begin, right = middle;
      for (std::size_t out = begin; out < end; ++out) {
        if (right < end && (left == middle || x[right] < x[left])) {
          swaps += static_cast<std::int64_t>(middle - left);
          merged[out] = x[right++];
        } else {
          merged[out] = x[left++];
        }
      }
    }
    x.swap(merged);
  }
  return swaps;
}

}  // namespace

double spearman(std::span<const double> a, std::span<const double> b) {
  check_same_size(a, b);
  const std::vector<double> ra = centred_ranks(a), rb = centred_ranks(b);
  const auto dot = [](const std::vector<double>& x, const std::vector<double>& y) {
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  };
  const double scale = std::sqrt(dot(ra, ra) * dot(rb, rb));
  return scale > 0 ? dot(ra, rb) / scale : no_value;
}

double kendall_tau_b(std::span<const double> a, std::span<const double> b) {
  check_same_size(a, b);
  const std::size_t n = a.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return a[i] != a[j] ? a[i] < a[j] : b[i] < b[j]; });
  const std::int64_t all = pairs_of(static_cast<std::int64_t>(n));
  const std::int64_t tied_a =
      tied_pairs(n, [&](std::size_t i, std::size_t j) { return a[order[i]] == a[order[j]]; });
  const std::int64_t tied_both = tied_pairs(n, [&](std::size_t i, std::size_t j) {
    return a[order[i]] == a[order[j]] && b[order[i]] == b[order[j]];
  });
  std::vector<double> by_a(n);
  for (std::size_t i = 0; i < n; ++i) by_a[i] = b[order[i]];
  const std::int64_t discordant = sort_counting(by_a);
  const std::int64_t tied_b = tied_pairs(n, [&](std::size_t i, std::size_t j) { return by_a[i] == by_a[j]; });
  if (all == tied_a || all == tied_b) return no_value;
  const std::int64_t concordant = all - tied_a - tied_b + tied_both - discordant;
  return static_cast<double>(concordant - discordant) /
         (std::sqrt(static_cast<double>(all - tied_a)) * std::sqrt(static_cast<double>(all - tied_b)));
}

}  // namespace neurox
