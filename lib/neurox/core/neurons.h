#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/core/site.h"

namespace neurox {

/// One site's columns as they are laid side by side in a matrix of activations.
struct SiteColumns {
  std::string site;    ///< full name, `blocks.3.mlp.hook_post`, or a module path
  int block = -1;      ///< -1 where there is none; of a module its number in the order of execution
  int width = 0;       ///< number of neurons
  int head_width = 0;  ///< columns per head where heads lie side by side, else 0
  friend bool operator==(const SiteColumns&, const SiteColumns&) = default;
};

/// The site that the columns are of: a Transformer's, or a module with its number; nothing for other names.
std::optional<Site> site_of(const SiteColumns& columns);

/// A neuron's address within a table of sites: `sites[site].site` and the index inside it.
struct Neuron {
  std::int32_t site;
  std::int32_t index;
  friend bool operator==(const Neuron&, const Neuron&) = default;
  friend auto operator<=>(const Neuron&, const Neuron&) = default;
};

/// An axis of neurons: the table without which a flat index means nothing.
struct NeuronAxis {
  std::vector<SiteColumns> sites;
  std::vector<Neuron> neurons;

  std::size_t size() const { return neurons.size(); }
  /// `blocks.5.mlp.hook_post:1234`
  std::string address(std::size_t i) const;
  int block(std::size_t i) const { return sites[static_cast<std::size_t>(neurons[i].site)].block; }
  const std::string& site(std::size_t i) const {
    return sites[static_cast<std::size_t>(neurons[i].site)].site;
  }
  /// Head of neuron i where its site has heads, else -1.
  int head(std::size_t i) const;
  /// Position of an address on this axis, or -1. Linear: build an index of your own for many look-ups.
  std::int64_t find(std::string_view site, std::int32_t index) const;

  friend bool operator==(const NeuronAxis&, const NeuronAxis&) = default;
};

/// Every neuron of every site, sites in the order given.
NeuronAxis all_neurons(std::vector<SiteColumns> sites);

/// The axis that keeps `columns` of `axis`, in that order.
NeuronAxis select(const NeuronAxis& axis, const std::vector<std::int64_t>& columns);

/// The same neurons in a table of no sites but their own.
NeuronAxis within_own_sites(const NeuronAxis& axis);

/// What differs between two axes, as one clause ("1536 neurons but 384", "neuron 5 is A but B"); empty when
/// they are equal.
std::string difference(const NeuronAxis& found, const NeuronAxis& expected);

}  // namespace neurox
