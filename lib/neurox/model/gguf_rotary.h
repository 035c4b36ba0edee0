#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "neurox/core/gguf_file.h"

namespace neurox::model {

/// How a GGUF file stretches rotary positions beyond the length that was trained, as llama.cpp reads it: the
/// keys `ARCHITECTURE.rope.scaling.*`. Factors by frequency (`rope_freqs.weight`, Llama 3.1 and later) are a
/// tensor and come on top.
struct GgufRotary {
  enum class Kind { None, Linear, Yarn } kind = Kind::None;
  double factor = 1;
  double original_length = 0, beta_fast = 32, beta_slow = 1;  ///< Yarn
  double attention_factor = 1;  ///< Yarn: of the turned queries and of the turned keys
};

/// @throws Error{Input} for a kind or a key that is not computed here, or impossible numbers
GgufRotary gguf_rotary(const GgufFile& file, const std::string& architecture);

/// What YaRN divides each of #width/2 frequencies by: 1 where a head turns more than beta_fast times within
/// the original length, `factor` where less than beta_slow times, and in between (in steps of whole columns)
///
///     1 / (share + (1 - share) / factor),   share falling from 1 to 0
///
/// @param width  columns of a head
/// Source: Peng et al. 2023, as transformers and llama.cpp compute it.
std::vector<float> yarn_divisors(const GgufRotary& rotary, double theta, std::int64_t width);

}  // namespace neurox::model
