#include "neurox/ablate/counts.h"
#include "neurox/core/no_value.h"

#include <numeric>

namespace neurox::ablate {
namespace {

std::int64_t of(const std::vector<std::int64_t>& counts, int class_index) {
  return class_index >= 0 ? counts[static_cast<std::size_t>(class_index)]
                          : std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? no_value : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void ClassCounts::add(int gold, bool is_right, bool is_flipped) {
  const std::size_t i = gold >= 0 ? static_cast<std::size_t>(gold) : seen.size() - 1;
  ++seen[i];
  right[i] += is_right ? 1 : 0;
  flipped[i] += is_flipped ? 1 : 0;
}

std::vector<std::pair<std::string, double>> count_figures(const ClassCounts& counts,
                                                          const ClassCounts& intact, int class_index) {
  const double accuracy = share(of(counts.right, class_index), of(counts.seen, class_index));
  const double before = share(of(intact.right, class_index), of(intact.seen, class_index));
  return {{"tokens", static_cast<double>(of(counts.seen, class_index))},
          {"accuracy", accuracy},
          {"accuracy_drop", before - accuracy},
          {"flip_rate", share(of(counts.flipped, class_index), of(counts.seen, class_index))}};
}

}  // namespace neurox::ablate
