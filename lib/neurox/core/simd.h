#pragma once

/// GCC's and Clang's vectors for the few loops that no library has. A kernel is a template of its width W,
/// inlined into one function per instruction set, of which the machine's best is chosen when it runs.
#define NEUROX_INLINE inline __attribute__((always_inline))

namespace neurox {

/// W floats in a register; `loaded` is the same at any address, `ints` has as many int32.
template <int W>
struct Vector {
  // NOLINTBEGIN(modernize-use-using): GCC drops these attributes from `using`
  typedef float reg __attribute__((vector_size(4 * W)));
  typedef int ints __attribute__((vector_size(4 * W)));
  typedef float loaded __attribute__((vector_size(4 * W), aligned(4), may_alias));
  // NOLINTEND(modernize-use-using)
};

enum class VectorUnit { Avx512, Avx2, Baseline };

/// What this machine has, beyond what every one of its kind has.
inline VectorUnit vector_unit() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return VectorUnit::Avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return VectorUnit::Avx2;
#endif
  return VectorUnit::Baseline;
}

}  // namespace neurox
