#pragma once

#include <cstdint>

namespace neurox {

/// SplitMix64: the same numbers from the same seed on every machine and standard library.
/// Source: Steele, Lea & Flood, OOPSLA 2014.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15U); }

  /// Uniform in [0, bound), bound > 0, without bias (numbers of the incomplete last round are drawn again).
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t skip = (0 - bound) % bound;
    for (;;) {
      const std::uint64_t x = next();
      if (x >= skip) return x % bound;
    }
  }

  /// Scrambles one number: a hash of it.
  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace neurox
