#include "neurox/probe/row_sample.h"

#include <algorithm>
#include <cmath>

namespace neurox {

RowSample sample_rows(std::span<const float> importance, Index count) {
  const auto n = static_cast<Index>(importance.size());
  RowSample sample;
  if (n <= count) {
    for (Index i = 0; i < n; ++i) sample.rows.push_back(i);
    sample.weights = VectorF::Constant(n, 1.0F / static_cast<float>(n));
    return sample;
  }
  // p = min(1, c * importance) with the c that makes them sum to count; a floor keeps every weight bounded.
  double total = 0;
  for (float v : importance) total += static_cast<double>(v);
  const double floor = std::max(total / static_cast<double>(n) * 0.05, 1e-12);
  const auto value = [&](Index i) {
    return std::max(static_cast<double>(importance[static_cast<std::size_t>(i)]), floor);
  };
  double c = 0, certain = 0;
  for (int round = 0; round < 20; ++round) {
    double open = 0, capped = 0;
    for (Index i = 0; i < n; ++i)
      (round > 0 && c * value(i) >= 1 ? capped : open) += round > 0 && c * value(i) >= 1 ? 1 : value(i);
    c = (static_cast<double>(count) - capped) / open;
    if (round > 0 && capped == certain) break;
    certain = capped;
  }
  std::vector<float> weights;
  double running = 0.5;
  for (Index i = 0; i < n; ++i) {
    const double p = std::min(1.0, c * value(i)), before = std::floor(running);
    running += p;
    if (std::floor(running) <= before) continue;
    sample.rows.push_back(i);
    weights.push_back(static_cast<float>(1 / (p * static_cast<double>(n))));
  }
  sample.weights = Eigen::Map<const VectorF>(weights.data(), static_cast<Index>(weights.size()));
  return sample;
}

std::vector<Index> strided_rows(Index rows, Index stride) {
  std::vector<Index> chosen;
  for (Index i = stride / 2; i < rows; i += stride) chosen.push_back(i);
  return chosen;
}

}  // namespace neurox
