#pragma once

#include <torch/types.h>

#include <cstdint>

#include "neurox/model/architecture.h"

namespace neurox::model {

/// Position vectors that are computed, not learned: row p holds sin(p r_i) in its first half and cos(p r_i)
/// in its second,
///
///     Marian   r_i = 10000^(-2i/width)            (Vaswani et al. 2017, halves instead of pairs)
///     Fairseq  r_i = 10000^(-i/(width/2 - 1))     (tensor2tensor)
///
/// @return #rows x width float32, equal to transformers' tables
torch::Tensor sinusoid_halves(SinusoidKind kind, std::int64_t rows, std::int64_t width);

}  // namespace neurox::model
