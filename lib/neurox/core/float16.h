#pragma once

#include <cstdint>

namespace neurox {

/// IEEE 754 half precision, both ways; round to nearest even, overflow to infinity, NaN stays NaN. Uses the
/// processor's F16C instructions where it has them, with the same results.
void half_to_float(const std::uint16_t* half, float* out, std::int64_t n);
void float_to_half(const float* x, std::uint16_t* out, std::int64_t n);

/// The plain loops, for machines without F16C and for tests.
float half_to_float_plain(std::uint16_t half);
std::uint16_t float_to_half_plain(float x);

}  // namespace neurox
