#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/rank/weight_mass.h"

namespace neurox {

/// Where each neuron lies.
struct NeuronSites {
  std::vector<std::int32_t> site_of;  ///< #neurons, in [0, count)
  int count = 0;
};

/// The fingerprint of a task: which share of the first k neurons lies at each site.
/// @return #sites shares that sum to 1
/// @throws Error{Usage} unless 1 <= k <= n; Error{Input} for a site out of range
std::vector<double> fingerprint(const NeuronList& order, Index k, const NeuronSites& sites);

/// How alike two fingerprints are; NaN where there are fewer than two sites (Spearman: also where one is
/// flat).
struct FingerprintLikeness {
  double cosine, spearman;
};
/// @throws Error{Usage} for sizes that differ
FingerprintLikeness likeness(std::span<const double> a, std::span<const double> b);

/// How many neurons of each site have a score above each bound: expert units, where scores are average
/// precisions.
/// @param scores  #neurons
/// @return #sites x #bounds counts
/// Source: Suau, Zappella & Apostoloff, ICML 2022; ml-selfcond counts AP > bound at 501 bounds from 0.5 to 1.
MatrixD experts(std::span<const double> scores, const NeuronSites& sites, std::span<const double> bounds);

}  // namespace neurox
