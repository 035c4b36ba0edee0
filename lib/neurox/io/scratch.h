#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

namespace neurox::io {

/// Memory for so many floats, held as long as the pointer: in RAM up to `budget` bytes, else a mapped file
/// without a name in the folder of `beside`, which vanishes with the process, however that ends.
/// @throws Error{Input} (naming the target) when the file cannot be made or the disk has no room for it
std::shared_ptr<float> scratch_floats(std::int64_t floats, std::int64_t budget,
                                      const std::filesystem::path& beside);

}  // namespace neurox::io
