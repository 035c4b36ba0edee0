#include "row_sample.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "neurox/core/random.h"

namespace neurox::apps {

std::vector<std::int64_t> sampled_rows(const std::vector<std::int64_t>& rows, std::int64_t wanted,
                                       std::uint64_t seed) {
  if (static_cast<std::int64_t>(rows.size()) <= wanted) return rows;
  std::vector<std::pair<std::uint64_t, std::int64_t>> drawn;
  const std::uint64_t key = Random(seed).next();
  for (const std::int64_t row : rows)
    drawn.emplace_back(Random::mix(key ^ Random::mix(static_cast<std::uint64_t>(row))), row);
  std::nth_element(drawn.begin(), drawn.begin() + wanted, drawn.end());
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < wanted; ++i) out.push_back(drawn[static_cast<std::size_t>(i)].second);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::int64_t> rows_by_word(const std::vector<std::int64_t>& rows,
                                       const std::vector<std::string>& words, const WordLimits& limits,
                                       std::uint64_t seed) {
  std::unordered_map<std::string_view, std::vector<std::int64_t>> of_type;
  for (std::size_t i = 0; i < rows.size(); ++i) of_type[words[i]].push_back(rows[i]);
  std::vector<std::int64_t> out;
  for (const auto& [word, all] : of_type) {
    const auto seen = static_cast<std::int64_t>(all.size());
    if (seen < limits.least_seen) continue;
    const auto kept = sampled_rows(all, limits.per_word == 0 ? seen : limits.per_word, seed);
    out.insert(out.end(), kept.begin(), kept.end());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace neurox::apps
