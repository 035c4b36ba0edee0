#include "neurox/ablate/keep_search.h"

#include <algorithm>
#include <map>

#include "neurox/core/error.h"

namespace neurox::ablate {

KeptSearch smallest_kept(std::int64_t units, double intact, const ScoresOfKept& scores,
                         const KeepOptions& options) {
  if (!(options.share > 0 && options.share <= 1))
    throw usage_error("a share of the score to keep lies in (0, 1], unlike {}", options.share);
  if (!(intact > 0)) throw input_error("the intact model's score is {}: there is no share of it", intact);
  std::map<std::int64_t, KeptSearch::Step> measured;
  measured[units] = {units, intact, 1};
  std::int64_t too_few = -1, enough = units;  // none at all may do, too
  while (enough - too_few > 1) {
    const std::int64_t between = enough - too_few - 1, n = std::min(options.at_once, between);
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 1; i <= n; ++i) numbers.push_back(too_few + i * (between + 1) / (n + 1));
    const std::vector<double> found = scores(numbers);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      measured[numbers[i]] = {numbers[i], found[i], found[i] / intact};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (found[i] / intact >= options.share) {
        enough = numbers[i];
        break;
      }
      too_few = numbers[i];
    }
  }
  KeptSearch out;
  out.kept = enough;
  for (const auto& [number, step] : measured) out.steps.push_back(step);
  return out;
}

}  // namespace neurox::ablate
