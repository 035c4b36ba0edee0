#pragma once

#include <torch/types.h>

#include <string>

namespace neurox::model {

/// The device that `cpu`, `cuda`, `cuda:1` or `auto` (the first GPU when there is one, else the CPU) means.
/// @throws Error{Usage} when it is none of these, or when LibTorch sees no such GPU
torch::Device parse_device(const std::string& text);

}  // namespace neurox::model
