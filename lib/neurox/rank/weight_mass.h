#pragma once

#include <cstdint>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox {

/// Neurons, most important first, as columns of the weight matrix.
using NeuronList = std::vector<Index>;

/// What a rule takes for each class, and together.
struct NeuronSets {
  std::vector<NeuronList> per_class;  ///< in the order of the rule
  NeuronList together;                ///< their union, ascending
};

/// Neurons of one class by |weight| descending, index ascending on ties.
/// @param W  #classes x #neurons probe weights (all functions below likewise)
/// @throws Error{Input} when W is empty or an entry is not finite (all functions below likewise)
NeuronList order_by_weight(const MatrixF& W, Index class_index);

/// Dalvi et al.'s weight-mass rule: per class, the fewest neurons whose |W| sums to at least `share` of the
/// class's total, in order of |W| descending.
///
/// share = 0 still takes one neuron. Sums are in double, so share = 1 takes every neuron whose weight is not
/// 0 (one at least).
/// @throws Error{Usage} unless 0 <= share <= 1
/// Source: Dalvi et al., AAAI 2019. NeuroX adds in float32, which may stop early at share 1; there sets can
/// differ by a neuron at the edge.
NeuronSets top_by_mass(const MatrixF& W, double share);

/// The same from the other end: |W| ascending (index ascending on ties) until `share` of the mass is reached.
NeuronSets bottom_by_mass(const MatrixF& W, double share);

/// Per class, neurons with |W| > (largest |W| of the class) / divisor, by index.
/// @throws Error{Usage} unless divisor > 0
NeuronSets top_by_threshold(const MatrixF& W, double divisor);

/// An ordering of all neurons with the positions at which its blocks end.
struct Ordering {
  NeuronList neurons;                 ///< every neuron once
  std::vector<std::int64_t> cutoffs;  ///< #neurons taken after each step, ascending, repeats allowed
};

/// NeuroX's overall ordering: for share = 0, 1/stride, ..., 1 append what top_by_mass(share) adds.
///
/// stride + 1 cut-offs. Inside a block (where the peer's order is arbitrary): by largest share of a class's
/// mass descending, then index. Neurons that no step takes (all weights 0) end the ordering after the last
/// cut-off, in the same order.
/// @throws Error{Usage} unless stride >= 1
Ordering order_by_mass(const MatrixF& W, int stride);

/// For each neuron the step s at which order_by_mass takes it; stride + 1 where none does.
/// @throws Error{Usage} unless stride >= 1
std::vector<int> steps_by_mass(const MatrixF& W, int stride);

/// NeuroX's granular ordering: the steps of order_by_mass are taken together until at least granularity more
/// neurons are there.
///
/// A cut-off per non-empty block. Where NeuroX drops the tail that fills no granule, it is kept here, as a
/// last block.
struct GranularOptions {
  int granularity = 50;
  int stride = 100;
};
Ordering order_by_mass_granular(const MatrixF& W, const GranularOptions& options);

/// Mean of |W| over classes, larger is more important.
/// Source: Antverg & Belinkov, ICLR 2022 ("linear" ranking).
VectorD mean_absolute_weight(const MatrixF& W);

}  // namespace neurox
