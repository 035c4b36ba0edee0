#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace neurox::model {

/// The tokens that end a text: `eos_token_id` of generation_config.json, else of config.json; a number or a
/// list. Of a GGUF file its end of text and its end of turn. Empty where nothing says so.
/// @throws Error{Input} for a file that is no JSON
std::vector<std::int64_t> stop_tokens(const std::filesystem::path& folder);

}  // namespace neurox::model
