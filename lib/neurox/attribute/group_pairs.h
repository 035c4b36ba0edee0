#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "neurox/attribute/example.h"
#include "neurox/attribute/methods.h"
#include "neurox/attribute/neuron_groups.h"

namespace neurox::attribute {

/// Groups of neurons as players, and what stands in for those that are absent.
struct GroupPlayers {
  const NeuronAxis& axis;
  std::span<const NeuronGroup> groups;
  const std::vector<Edits>& edits;  ///< of each group (edits_of_groups)
};

/// A method of pairs of groups of neurons. Integrated Hessians are of one site: along the straight line from
/// what it holds for the baseline's words to what it holds for the sentence's, as integrated gradients in a
/// layer; a last row is all other neurons of the site together, so that the sum is f(x) - f(x').
struct GroupPairMethod {
  std::string_view name;
  bool others;  ///< whether that last row is there, where groups leave neurons out
  RowPairs (*run)(const Example&, const GroupPlayers&, const MethodOptions&);
};
std::span<const GroupPairMethod> group_pair_methods();

}  // namespace neurox::attribute
