#pragma once

#include <torch/types.h>

namespace neurox::model {

/// Products with few rows, as of one token at a time, are as fast as weights come from memory, which the BLAS
/// in LibTorch's wheel reaches half of on processors that are not its maker's.
///
/// Whether few_rows_linear computes it: one to four rows in float32 on the CPU, without a gradient.
/// @param x       #rows x #inputs
/// @param weight  #outputs x #inputs
bool suits_few_rows(const torch::Tensor& x, const torch::Tensor& weight);

/// x W' + b, rows of W shared out over LibTorch's threads; each sum is made by one of them, so their number
/// changes nothing.
/// @param bias  #outputs, or undefined
/// @return #rows x #outputs
torch::Tensor few_rows_linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias);

}  // namespace neurox::model
