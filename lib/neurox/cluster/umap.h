#pragma once

#include <cstdint>

#include "neurox/cluster/neighbours.h"
#include "neurox/cluster/umap_layout.h"
#include "neurox/core/progress.h"

namespace neurox {

struct UmapOptions {
  double min_dist = 0.1;  ///< least distance of things in the drawing; larger spreads them more evenly
  double spread = 1;      ///< its scale
  int epochs = 500;       ///< passes of the optimisation; fewer above 10,000 things (umappp's rule) where 0
  std::uint64_t seed = 0;
  Progress* progress = nullptr;
};

/// A drawing in which things that are near stay near: uniform manifold approximation and projection.
///
/// The neighbours make a graph of weighted edges (exponential kernels that agree with log2 #neighbours,
/// united), whose spectral layout is improved by pulling neighbours together and pushing random others apart.
/// Distances between far groups, their sizes and densities say nothing.
/// @param neighbours  of 3 or more things
/// @return #things x 2; the same numbers for the same seed (one thread)
/// @throws Error{Usage} when this build has no umappp, Error{Input} for fewer than 3 things
/// Source: McInnes, Healy & Melville, arXiv:1802.03426; the library umappp, whose random numbers are not
/// umap-learn's: drawings of the two differ as those of two seeds do.
MatrixF umap(const Neighbours& neighbours, const UmapOptions& options);

}  // namespace neurox
