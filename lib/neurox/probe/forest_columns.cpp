#include "neurox/probe/forest_columns.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <bit>

namespace neurox {
namespace {

/// A number that is larger where the float is; -0 and 0 are one.
std::uint32_t ordered_bits(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x + 0.0F);
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}

}  // namespace

ForestColumns::ForestColumns(const MatrixF& X)
    : X_(X),
      codes_(static_cast<std::size_t>(X.rows() * X.cols())),
      distinct_(static_cast<std::size_t>(X.cols())) {
  constexpr Index kTogether = 16;  ///< neurons of a cache line of X
  const Index n = X.rows(), d = X.cols();
  tbb::parallel_for(Index{0}, (d + kTogether - 1) / kTogether, [&](Index strip) {
    const Index first = strip * kTogether, columns = std::min(kTogether, d - first);
    std::vector<std::uint64_t> items(static_cast<std::size_t>(n * columns)),
        spare(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < columns; ++j)
        items[static_cast<std::size_t>(j * n + i)] =
            (static_cast<std::uint64_t>(ordered_bits(X(i, first + j))) << 32) | static_cast<std::uint64_t>(i);
    for (Index j = 0; j < columns; ++j) {
      const std::uint64_t* sorted = sort_items(
          std::span(items).subspan(static_cast<std::size_t>(j * n), static_cast<std::size_t>(n)), spare, 32);
      std::uint32_t* codes = codes_.data() + (first + j) * n;
      std::uint32_t code = 0;
      for (Index i = 0; i < n; ++i) {
        if (i > 0 && (sorted[i] >> 32) != (sorted[i - 1] >> 32)) ++code;
        codes[sorted[i] & 0xffffffffU] = code;
      }
      distinct_[static_cast<std::size_t>(first + j)] = code + 1;
    }
  });
}

std::uint64_t* sort_items(std::span<std::uint64_t> items, std::span<std::uint64_t> spare, int bits) {
  constexpr std::size_t kFew = 40;
  constexpr int kMostBits = 11;
  const std::size_t n = items.size();
  if (n <= kFew) {
    for (std::size_t i = 1; i < n; ++i) {
      const std::uint64_t item = items[i];
      std::size_t at = i;
      for (; at > 0 && (items[at - 1] >> 32) > (item >> 32); --at) items[at] = items[at - 1];
      items[at] = item;
    }
    return items.data();
  }
  // Radix sort, lowest digits first: about as many buckets as items.
  const int most = std::min(kMostBits, static_cast<int>(std::bit_width(n)));
  const int passes = std::max(1, (bits + most - 1) / most), digit = std::max(1, (bits + passes - 1) / passes);
  const std::uint64_t mask = (std::uint64_t{1} << digit) - 1;
  std::uint64_t* from = items.data();
  std::uint64_t* to = spare.data();
  std::uint32_t starts[1 << kMostBits];
  for (int pass = 0; pass < passes; ++pass) {
    const int shift = 32 + pass * digit;
    std::fill_n(starts, mask + 1, 0);
    for (std::size_t i = 0; i < n; ++i) ++starts[(from[i] >> shift) & mask];
    std::uint32_t sum = 0;
    for (std::uint64_t b = 0; b <= mask; ++b) {
      const std::uint32_t count = starts[b];
      starts[b] = sum;
      sum += count;
    }
    for (std::size_t i = 0; i < n; ++i) to[starts[(from[i] >> shift) & mask]++] = from[i];
    std::swap(from, to);
  }
  return from;
}

}  // namespace neurox
