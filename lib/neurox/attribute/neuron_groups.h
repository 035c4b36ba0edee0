#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/attribute/edited_function.h"
#include "neurox/attribute/methods.h"
#include "neurox/attribute/shapley.h"
#include "neurox/core/neurons.h"

namespace neurox::attribute {

/// Neurons that are replaced together.
struct NeuronGroup {
  std::string name;
  std::vector<std::int64_t> neurons;  ///< positions on an axis, ascending; at least one
};

/// Groups that an axis itself tells, in its order: `neuron` (each alone, by its address), `head` (`3.7`; with
/// its site where there are several sites), `site`, `block` (what belongs to no block goes by its site).
/// @throws Error{Usage} for another name, and for `head` of a site without heads
std::vector<NeuronGroup> group_neurons(const NeuronAxis& axis, std::string_view by);

/// Groups from a label for each neuron; an empty one, and -1, are of no group. Numbers in their order, else
/// names in byte order.
/// @throws Error{Usage} when no neuron has a label
std::vector<NeuronGroup> groups_of_labels(const std::vector<std::string>& labels);

/// The edits that replace each group.
/// @param values  one for each neuron of the axis
std::vector<Edits> edits_of_groups(const NeuronAxis& axis, std::span<const NeuronGroup> groups,
                                   std::span<const double> values);

/// f with the groups that are absent replaced: what games among groups are played on. Groups have no neuron
/// in common. `f` must outlive it.
SetFunction replaced_groups(const EditedFunction& f, std::vector<Edits> groups);

/// What the target loses when each group is replaced alone: f(x) - f(x | group replaced). Promises no sum.
PlayerValues group_ablation(const EditedFunction& f, std::span<const Edits> groups);

/// The methods over groups of neurons: `ablation`, and the games (shapley.h).
struct GroupMethod {
  std::string_view name, summary;
  bool sums;  ///< whether the values promise to add up to f(x) - f(all replaced)
  PlayerValues (*run)(const EditedFunction&, const std::vector<Edits>&, const MethodOptions&);
};
std::span<const GroupMethod> group_methods();

}  // namespace neurox::attribute
