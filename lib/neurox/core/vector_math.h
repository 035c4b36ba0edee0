#pragma once

#include <numbers>

#include "neurox/core/simd.h"

namespace neurox {

/// Exponential and logarithm of W floats at once, for kernels that core/simd.h's rules are made for. They
/// work in place: a vector as an argument would depend on the instruction set of the caller.
/// Source: Moshier's Cephes polynomials (expf, logf).

/// ln 2 = kLnHigh - kLnLow: the first has so few digits that its products with small integers are exact.
// NOLINTNEXTLINE(modernize-use-std-numbers)
constexpr float kLnHigh = 0.693359375F, kLnLow = 2.12194440e-4F;

/// x = e^x; relative error below 2e-7; what lies below -87 becomes e^-87.
template <int W>
NEUROX_INLINE void exp_in_place(typename Vector<W>::reg& x) {
  using reg = typename Vector<W>::reg;
  using ints = typename Vector<W>::ints;
  const reg zero = {};
  x = x < -87.0F ? zero - 87.0F : x;
  x = x > 87.0F ? zero + 87.0F : x;
  reg n = x * std::numbers::log2e_v<float> + 12582912.0F;  // adding 1.5 * 2^23 rounds to the nearest integer
  n = n - 12582912.0F;
  x = x - n * kLnHigh;
  x = x + n * kLnLow;
  reg y = x * 1.9875691500e-4F + 1.3981999507e-3F;
  y = y * x + 8.3334519073e-3F;
  y = y * x + 4.1665795894e-2F;
  y = y * x + 1.6666665459e-1F;
  y = y * x + 5.0000001201e-1F;
  y = y * (x * x) + (x + 1.0F);
  const ints power = (__builtin_convertvector(n, ints) + 127) << 23;
  x = y * __builtin_bit_cast(reg, power);
}

/// x = ln x for normal x > 0; error below 2e-7 relative, or absolute near 1.
template <int W>
NEUROX_INLINE void log_in_place(typename Vector<W>::reg& x) {
  using reg = typename Vector<W>::reg;
  using ints = typename Vector<W>::ints;
  const reg zero = {};
  const ints bits = __builtin_bit_cast(ints, x);
  reg exponent = __builtin_convertvector((bits >> 23) - 126, reg);
  reg m = __builtin_bit_cast(reg, (bits & 0x007fffff) | 0x3f000000);  // in [1/2, 1)
  const ints low = m < 0.707106781F;
  exponent = low ? exponent - 1.0F : exponent;
  m = (low ? m + m : m + zero) - 1.0F;
  const reg square = m * m;
  reg y = m * 7.0376836292e-2F - 1.1514610310e-1F;
  y = y * m + 1.1676998740e-1F;
  y = y * m - 1.2420140846e-1F;
  y = y * m + 1.4249322787e-1F;
  y = y * m - 1.6668057665e-1F;
  y = y * m + 2.0000714765e-1F;
  y = y * m - 2.4999993993e-1F;
  y = y * m + 3.3333331174e-1F;
  y = y * m * square - exponent * kLnLow - square * 0.5F;
  x = m + y + exponent * kLnHigh;
}

}  // namespace neurox
