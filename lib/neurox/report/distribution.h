#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace neurox {

/// How numbers lie, as a box plot draws it (Tukey): quartiles by linear interpolation, whiskers at the
/// outermost number within 1.5 interquartile ranges of the box.
struct BoxFigures {
  double low = 0, lower = 0, median = 0, upper = 0, high = 0;
};
/// @param values  at least one
BoxFigures box_figures(std::span<const float> values);

/// Entropy in bits of the shares |x_i| / sum |x|: log2 n when all have equal parts, 0 when one has it all;
/// NaN when all are 0.
double entropy_of_shares(std::span<const float> values);

/// Counts in equal bins over [-edge, edge]; numbers outside fall into the outermost bins.
/// @param edge  above 0
std::vector<std::int64_t> histogram(std::span<const float> values, double edge, std::size_t bins);

/// Positions of the numbers of the largest size, largest first, ties by position; at most n.
std::vector<std::size_t> largest_in_size(std::span<const float> values, std::size_t n);

}  // namespace neurox
