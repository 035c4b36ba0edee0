#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace neurox::apps {

/// As many rows as are wanted, those with the smallest hashes of (seed, row), ascending: the same draw
/// whatever else is in the file.
std::vector<std::int64_t> sampled_rows(const std::vector<std::int64_t>& rows, std::int64_t wanted,
                                       std::uint64_t seed);

/// Which tokens of a word type are kept.
struct WordLimits {
  std::int64_t least_seen = 1;  ///< types of fewer tokens are left out
  std::int64_t per_word = 0;    ///< at most so many tokens of a type, those that sampled_rows draws; 0: all
};

/// @param words  of each row
/// @return ascending, as `rows`
std::vector<std::int64_t> rows_by_word(const std::vector<std::int64_t>& rows,
                                       const std::vector<std::string>& words, const WordLimits& limits,
                                       std::uint64_t seed);

}  // namespace neurox::apps
