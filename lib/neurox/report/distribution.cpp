#include "neurox/report/distribution.h"
#include "neurox/core/no_value.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace neurox {

BoxFigures box_figures(std::span<const float> values) {
  std::vector<float> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto quantile = [&](double share) {
    const double at = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    const double x = sorted[below], y = sorted[above];
    return x + (at - static_cast<double>(below)) * (y - x);
  };
  BoxFigures out{0, quantile(0.25), quantile(0.5), quantile(0.75), 0};
  const double reach = 1.5 * (out.upper - out.lower);
  out.low = *std::find_if(sorted.begin(), sorted.end(), [&](float x) { return x >= out.lower - reach; });
  out.high = *std::find_if(sorted.rbegin(), sorted.rend(), [&](float x) { return x <= out.upper + reach; });
  return out;
}

double entropy_of_shares(std::span<const float> values) {
  double sum = 0, bits = 0;
  for (const float x : values) sum += std::abs(static_cast<double>(x));
  if (!(sum > 0)) return no_value;
  for (const float x : values)
    if (const double share = std::abs(static_cast<double>(x)) / sum; share > 0)
      bits -= share * std::log2(share);
  return bits;
}

std::vector<std::int64_t> histogram(std::span<const float> values, double edge, std::size_t bins) {
  std::vector<std::int64_t> out(bins, 0);
  const auto last = static_cast<double>(bins) - 1;
  for (const float x : values) {
    const double at = std::floor((static_cast<double>(x) + edge) / (2 * edge) * static_cast<double>(bins));
    ++out[static_cast<std::size_t>(std::clamp(at, 0.0, last))];
  }
  return out;
}

std::vector<std::size_t> largest_in_size(std::span<const float> values, std::size_t n) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::abs(values[a]) > std::abs(values[b]); });
  order.resize(std::min(n, order.size()));
  return order;
}

}  // namespace neurox
