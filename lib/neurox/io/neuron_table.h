#pragma once

#include <string_view>

#include "neurox/core/neurons.h"
#include "neurox/io/table.h"

namespace neurox::io {

/// An axis of neurons as a table of addresses, the var of an activation file and the obs of a ranking: `site`
/// (categorical), `block`, `neuron`, and `head` where any neuron has one (-1 elsewhere); row names are the
/// addresses. More columns may be added to it.
Table neuron_table(const NeuronAxis& axis);

/// What the table cannot say about its sites: full widths and widths of heads. Kept in `uns/sites`.
Tree sites_tree(const NeuronAxis& axis);

/// The axis that a table and its `uns` hold. Without `uns/sites` a site is as wide as its largest index
/// needs; without the columns (a foreign file) every row is a neuron of one site `X`.
/// @throws Error{Input} (naming `where`) when an index is not in its site, or an address stands there twice
NeuronAxis neuron_axis(const Table& table, const Tree& uns, std::string_view where);

}  // namespace neurox::io
