#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace neurox::model {

/// How one of ggml's types stores numbers: blocks of so many in so many bytes.
struct GgufType {
  const char* name;
  std::uint32_t number;  ///< ggml's
  std::int64_t count;    ///< numbers of a block
  std::int64_t bytes;
  /// Writes `count` numbers.
  void (*expand)(const std::byte* block, float* out);
};

/// nullptr for a type that is not expanded.
const GgufType* find_gguf_type(std::uint32_t number);
/// `Q5_K`, or the number where ggml has no such type.
std::string gguf_type_name(std::uint32_t number);
/// The types that are expanded, in one line.
std::string gguf_types_known();

}  // namespace neurox::model
