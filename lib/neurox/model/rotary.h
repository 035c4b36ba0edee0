#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "neurox/model/config.h"

namespace neurox::model {

/// Columns of a head that are turned, w.
std::int64_t turned_columns(const RotaryConfig& config, std::int64_t head_width);

/// Angles of rotary positions: #positions x w/2, float32, w = head_width * part the columns that turn.
///
///     angle(p, i) = p * theta^(-2i / w), the frequencies scaled as the configuration says
///
/// Linear scaling divides every frequency by `factor`; Llama 3's divides those whose wave length exceeds
/// original_max_positions / low_freq_factor, leaves those below original_max_positions / high_freq_factor,
/// and blends in between. In float32, as the models were trained. Source: Su et al. 2021; the Llama 3.1
/// release.
/// @param divisors  #w/2 float32, what the frequencies are divided by besides; undefined: 1
torch::Tensor rotary_angles(const RotaryConfig& config, std::int64_t head_width, std::int64_t positions,
                            const torch::Tensor& divisors = {});

/// The name under which layers ask Weights for such divisors. No checkpoint's: GGUF files have them.
inline constexpr std::string_view rotary_divisors = "rotary_divisors";

/// Turns columns i and i + w/2 of each head by the token's angle; those from w on stay.
///
/// @param x       #tokens x heads x head_width
/// @param angles  (cos, sin), each #tokens x 1 x w/2
torch::Tensor rotate(const torch::Tensor& x, const std::pair<torch::Tensor, torch::Tensor>& angles);

}  // namespace neurox::model
