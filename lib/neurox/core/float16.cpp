#include "neurox/core/float16.h"

#include <bit>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define NEUROX_F16C 1
#endif

namespace neurox {
namespace {

#ifdef NEUROX_F16C
__attribute__((target("avx,f16c"))) void half_to_float_f16c(const std::uint16_t* half, float* out,
                                                            std::int64_t n) {
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(half + i))));
  for (; i < n; ++i) out[i] = half_to_float_plain(half[i]);
}

__attribute__((target("avx,f16c"))) void float_to_half_f16c(const float* x, std::uint16_t* out,
                                                            std::int64_t n) {
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i),
                     _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT));
  for (; i < n; ++i) out[i] = float_to_half_plain(x[i]);
}

// Every processor with AVX2 has F16C, a name that clang 14 does not know here.
bool has_f16c() {
  return __builtin_cpu_supports("avx2");
}
#endif

}  // namespace

float half_to_float_plain(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16, exponent = (half >> 10) & 0x1FU;
  std::uint32_t mantissa = half & 0x3FFU;
  if (exponent == 31) {
    const std::uint32_t quiet = mantissa != 0 ? 0x400000U : 0U;  // as the processor does: a NaN becomes quiet
    return std::bit_cast<float>(sign | 0x7F800000U | quiet | (mantissa << 13));
  }
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  if (mantissa == 0) return std::bit_cast<float>(sign);
  std::uint32_t shift = 0;
  for (; (mantissa & 0x400U) == 0; ++shift) mantissa <<= 1;
  return std::bit_cast<float>(sign | ((113 - shift) << 23) | ((mantissa & 0x3FFU) << 13));
}

std::uint16_t float_to_half_plain(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = (bits >> 16) & 0x8000U, magnitude = bits & 0x7FFFFFFFU;
  const auto half = [&](std::uint32_t value) { return static_cast<std::uint16_t>(sign | value); };
  if (magnitude > 0x7F800000U) return half(0x7E00U | ((magnitude >> 13) & 0x3FFU));
  if (magnitude >= 0x477FF000U) return half(0x7C00U);  // 65520 and above round to infinity
  const auto round_at = [](std::uint32_t value, std::uint32_t drop) {
    const std::uint32_t kept = value >> drop, rest = value & ((1U << drop) - 1), middle = 1U << (drop - 1);
    return kept + (rest > middle || (rest == middle && (kept & 1U) != 0) ? 1U : 0U);
  };
  if (magnitude >= 0x38800000U) return half(round_at(magnitude - 0x38000000U, 13));
  if (magnitude < 0x33000000U) return half(0);  // below half of the smallest subnormal
  const std::uint32_t exponent = magnitude >> 23;
  return half(round_at((magnitude & 0x7FFFFFU) | 0x800000U, 126 - exponent));
}

void half_to_float(const std::uint16_t* half, float* out, std::int64_t n) {
#ifdef NEUROX_F16C
  if (has_f16c()) return half_to_float_f16c(half, out, n);
#endif
  for (std::int64_t i = 0; i < n; ++i) out[i] = half_to_float_plain(half[i]);
}

void float_to_half(const float* x, std::uint16_t* out, std::int64_t n) {
#ifdef NEUROX_F16C
  if (has_f16c()) return float_to_half_f16c(x, out, n);
#endif
  for (std::int64_t i = 0; i < n; ++i) out[i] = float_to_half_plain(x[i]);
}

}  // namespace neurox
