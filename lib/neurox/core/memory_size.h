#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace neurox {

/// Bytes that `512M`, `4G`, `1.5G`, `65536` mean (K, M, G, T are powers of 1024; an optional B or iB may
/// follow).
/// @throws Error{Usage} when it is none of these or is not positive
std::int64_t parse_memory_size(std::string_view text);

/// `1.5 GB` and the like (powers of 1024), for messages.
std::string format_memory_size(std::int64_t bytes);

}  // namespace neurox
