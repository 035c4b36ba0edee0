#pragma once

#include <cstdint>
#include <vector>

namespace neurox::testing {

/// Five pieces for the tiny models, the first and the last of them special tokens.
inline const std::vector<std::int64_t> five_ids{2, 11, 40, 23, 3};

}  // namespace neurox::testing
