#pragma once

#include <torch/types.h>

namespace neurox::attribute {

/// In double precision, in which sums over a path or over neurons are kept.
inline torch::Tensor doubles(const torch::Tensor& x) {
  return x.to(torch::kFloat64);
}

}  // namespace neurox::attribute
