#pragma once

#include <cstddef>
#include <span>

namespace neurox::attribute {

/// The share of the k largest of `a` that are among the k largest of `b`; ties by number. Of unrelated values
/// it is k / n in the mean.
/// @param k  at least 1, at most the size
/// @throws Error{Usage} for sizes that differ and a k outside
double top_overlap(std::span<const double> a, std::span<const double> b, std::size_t k);

}  // namespace neurox::attribute
