#include "neurox/rank/sorted_values.h"

#include <array>
#include <bit>

namespace neurox {
namespace {

constexpr int kDigitBits = 11;
constexpr std::uint32_t kDigitMask = (1U << kDigitBits) - 1;
constexpr std::uint32_t kSign = 0x80000000U;

/// Floats as numbers that order alike.
std::uint32_t key_of(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x + 0.0F);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

}  // namespace

void SortedValues::sort(std::span<const float> values) {
  const std::size_t n = values.size();
  keys_.resize(n);
  places_.resize(n);
  other_keys_.resize(n);
  other_places_.resize(n);
  std::array<std::array<std::uint32_t, 1U << kDigitBits>, 3> counts{};
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t key = key_of(values[i]);
    keys_[i] = key;
    places_[i] = static_cast<std::uint32_t>(i);
    for (unsigned digit = 0; digit < 3; ++digit) ++counts[digit][(key >> (digit * kDigitBits)) & kDigitMask];
  }
  for (unsigned digit = 0; digit < 3; ++digit) {
    auto& count = counts[digit];
    const unsigned shift = digit * kDigitBits;
    std::uint32_t sum = 0;
    bool one_value = false;
    for (std::uint32_t& c : count) {
      one_value = one_value || c == n;
      const std::uint32_t here = c;
      c = sum;
      sum += here;
    }
    if (one_value) continue;
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint32_t to = count[(keys_[i] >> shift) & kDigitMask]++;
      other_keys_[to] = keys_[i];
      other_places_[to] = places_[i];
    }
    keys_.swap(other_keys_);
    places_.swap(other_places_);
  }
}

float SortedValues::value(std::size_t k) const {
  const std::uint32_t key = keys_[k];
  return std::bit_cast<float>((key & kSign) != 0 ? key ^ kSign : ~key);
}

}  // namespace neurox
