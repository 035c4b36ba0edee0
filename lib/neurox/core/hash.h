#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace neurox {

/// SHA-256 in lower-case hex, as `sha256sum` prints it.
std::string sha256(std::string_view bytes);

/// SHA-256 of a file's content, read in blocks.
/// @throws Error{Input} when the file cannot be read
std::string sha256_file(const std::filesystem::path& path);

}  // namespace neurox
