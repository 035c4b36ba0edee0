#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/rank/weight_mass.h"

namespace neurox {

/// How many neurons the weight-mass rule takes at one share.
struct MassCount {
  double share = 0;
  std::vector<std::int64_t> per_class;
  std::int64_t together = 0;  ///< size of the union
};

/// One entry per share, in the order given.
/// @throws as top_by_mass
std::vector<MassCount> count_by_mass(const MatrixF& W, std::span<const double> shares);

/// Neurons of a list per site.
/// @param site_of  #neurons site of each neuron, in [0, num_sites)
/// @throws Error{Input} when a neuron or a site is out of range
std::vector<std::int64_t> spread_over_sites(const NeuronList& neurons, std::span<const std::int32_t> site_of,
                                            int num_sites);

/// Which neurons classes have to themselves and which they share.
struct Sharing {
  std::vector<std::int64_t> classes_per_neuron;  ///< #neurons: in how many classes' sets it is
  std::vector<NeuronList> focused;               ///< per class: neurons in no other class's set, ascending
  NeuronList shared;                             ///< neurons in the sets of two or more classes, ascending
  MatrixD jaccard;  ///< #classes x #classes overlap of sets; 0 where both are empty
};

/// @throws Error{Input} when a neuron is out of [0, num_neurons)
Sharing sharing_between_classes(const std::vector<NeuronList>& per_class, Index num_neurons);

}  // namespace neurox
