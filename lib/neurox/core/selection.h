#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "neurox/core/neurons.h"

namespace neurox {

/// The sites that a pattern names, as positions in `available`: each once, in the order of `available`.
///
///     pattern := part (',' part)*
///     part    := NAME | NAME '@' blocks          NAME a full name (`blocks.3.mlp.hook_post`,
///     `ln_final.hook_out`, a module path) blocks  := range (',' range)*              or a short name over
///     all blocks (`mlp_post`) range   := INT | INT '-' INT               from 0, ends included; -1 is the
///     last block
///
/// A comma before a digit or a minus sign goes on with the blocks: `mlp_post@0-5,7,resid_post@-1`. `all`
/// names every site.
/// @throws Error{Usage} for a name that is no site (with the nearest that is) or a block out of range
std::vector<std::size_t> select_sites(std::string_view pattern, std::span<const SiteColumns> available);

/// The neurons that a pattern names, as positions on `axis`: each once, ascending.
///
/// `pattern`, or where it is empty what stands for it: the residual stream after each block, or every site of
/// a model that has none.
std::string pattern_or_usual(const std::string& pattern, std::span<const SiteColumns> available);

/// As select_sites, and each part may end in `:` and ranges of neuron indices: `mlp_post@3:0-9,17`; without
/// them every neuron of the site. There a comma before a digit goes on with the neuron indices.
/// @throws Error{Usage} as select_sites, and for an index that its site does not have
std::vector<std::int64_t> select_neurons(std::string_view pattern, const NeuronAxis& axis);

}  // namespace neurox
