#include "neurox/rank/quantile.h"

#include <cmath>

#include "neurox/core/error.h"

namespace neurox {

std::vector<double> quantiles(const SortedValues& order, const Labelling& labelling,
                              std::span<const double> shares) {
  const auto weight = [&](std::size_t i) -> double {
    const bool labelled = labelling.numeric() ? !std::isnan(labelling.numbers[i]) : labelling.y[i] >= 0;
    if (!labelled) return 0;
    return labelling.weight.empty() ? 1.0 : static_cast<double>(labelling.weight[i]);
  };
  double total = 0;
  for (std::size_t k = 0; k < order.size(); ++k) total += weight(order.place(k));
  if (total <= 0) throw input_error("no token has a label");
  std::vector<double> out;
  std::size_t k = 0;
  double passed = 0;  // tokens up to and including the k-th that counts
  double value = 0;
  // Values at whole positions p, p + 1 of the expanded list; positions ascend with the shares.
  const auto advance_to = [&](double position) {
    while (passed <= position && k < order.size()) {
      const double w = weight(order.place(k));
      if (w > 0) value = static_cast<double>(order.value(k));
      passed += w;
      ++k;
    }
    return value;
  };
  double low = 0, low_position = -1;
  for (const double share : shares) {
    const double position = share * (total - 1), floor = std::floor(position);
    if (floor > low_position) {
      low = advance_to(floor);
      low_position = floor;
    }
    // Looking one ahead must not move the walk, for the next share may lie between the same two.
    double high = low;
    if (position > floor) {
      if (passed > floor + 1) {
        high = value;
      } else {
        for (std::size_t next = k; next < order.size(); ++next)
          if (weight(order.place(next)) > 0) {
            high = static_cast<double>(order.value(next));
            break;
          }
      }
    }
    // As numpy interpolates: from the nearer end.
    const double t = position - floor, step = high - low;
    out.push_back(t >= 0.5 ? high - step * (1 - t) : low + step * t);
  }
  return out;
}

}  // namespace neurox
