#include "neurox/core/neurons.h"

#include <fmt/format.h>

#include <utility>

namespace neurox {

std::optional<Site> site_of(const SiteColumns& columns) {
  if (std::optional<Site> site = parse_site(columns.site)) return site;
  if (columns.block < 0) return std::nullopt;
  return module_site(columns.site, columns.block);
}

std::string NeuronAxis::address(std::size_t i) const {
  return fmt::format("{}:{}", site(i), neurons[i].index);
}

int NeuronAxis::head(std::size_t i) const {
  const SiteColumns& s = sites[static_cast<std::size_t>(neurons[i].site)];
  return s.head_width > 0 ? neurons[i].index / s.head_width : -1;
}

std::int64_t NeuronAxis::find(std::string_view site, std::int32_t index) const {
  for (std::size_t i = 0; i < neurons.size(); ++i)
    if (neurons[i].index == index && this->site(i) == site) return static_cast<std::int64_t>(i);
  return -1;
}

NeuronAxis all_neurons(std::vector<SiteColumns> sites) {
  NeuronAxis axis{std::move(sites), {}};
  for (std::size_t s = 0; s < axis.sites.size(); ++s)
    for (std::int32_t i = 0; i < axis.sites[s].width; ++i)
      axis.neurons.push_back({static_cast<std::int32_t>(s), i});
  return axis;
}

NeuronAxis select(const NeuronAxis& axis, const std::vector<std::int64_t>& columns) {
  NeuronAxis out{axis.sites, {}};
  out.neurons.reserve(columns.size());
  for (const std::int64_t c : columns) out.neurons.push_back(axis.neurons[static_cast<std::size_t>(c)]);
  return out;
}

NeuronAxis within_own_sites(const NeuronAxis& axis) {
  NeuronAxis out;
  std::vector<std::int32_t> place(axis.sites.size(), -1);
  for (const Neuron& neuron : axis.neurons) {
    std::int32_t& site = place[static_cast<std::size_t>(neuron.site)];
    if (site < 0) {
      site = static_cast<std::int32_t>(out.sites.size());
      out.sites.push_back(axis.sites[static_cast<std::size_t>(neuron.site)]);
    }
    out.neurons.push_back({site, neuron.index});
  }
  return out;
}

std::string difference(const NeuronAxis& found, const NeuronAxis& expected) {
  if (found.size() != expected.size()) return fmt::format("{} neurons but {}", found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found.neurons[i].index != expected.neurons[i].index || found.site(i) != expected.site(i))
      return fmt::format("neuron {} is {} but {}", i, found.address(i), expected.address(i));
  return {};
}

}  // namespace neurox
