#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>

namespace neurox::model {

/// Writes tensors as a safetensors file (the layout stands at SafeTensors), by name, with the metadata
/// `format: pt` that transformers asks for. The same tensors give the same bytes.
/// @throws Error{Input} when the file cannot be written; Error{Usage} for a dtype that the format lacks
void write_safetensors(const std::filesystem::path& file,
                       const std::map<std::string, torch::Tensor>& tensors);

}  // namespace neurox::model
