#pragma once

#include <cstdint>
#include <vector>

namespace neurox::apps {

/// As many rows as are wanted, those with the smallest hashes of (seed, row), ascending: the same draw
/// whatever else is in the file.
std::vector<std::int64_t> sampled_rows(const std::vector<std::int64_t>& rows, std::int64_t wanted,
                                       std::uint64_t seed);

}  // namespace neurox::apps
