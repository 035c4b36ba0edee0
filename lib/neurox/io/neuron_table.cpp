#include "neurox/io/neuron_table.h"

#include <algorithm>
#include <map>
#include <set>

#include "neurox/core/error.h"

namespace neurox::io {
namespace {

/// The sites that `uns/sites` tells of, by name.
std::map<std::string, SiteColumns> known_sites(const Tree& uns) {
  std::map<std::string, SiteColumns> out;
  if (!uns.contains("sites") || !uns["sites"].is_object()) return out;
  const Tree& sites = uns["sites"];
  for (const char* key : {"site", "block", "width", "head_width"})
    if (!sites.contains(key) || !sites[key].is_array() || sites[key].size() != sites["site"].size())
      return {};
  for (std::size_t i = 0; i < sites["site"].size(); ++i) {
    SiteColumns site;
    site.site = sites["site"][i].get<std::string>();
    site.block = sites["block"][i].get<int>();
    site.width = sites["width"][i].get<int>();
    site.head_width = sites["head_width"][i].get<int>();
    out[site.site] = site;
  }
  return out;
}

NeuronAxis plain_axis(std::int64_t n) {
  SiteColumns site;
  site.site = "X";
  site.width = static_cast<int>(n);
  return all_neurons({site});
}

}  // namespace

Table neuron_table(const NeuronAxis& axis) {
  const std::size_t n = axis.size();
  std::vector<std::string> site(n), names(n);
  std::vector<std::int32_t> block(n), neuron(n), head(n);
  for (std::size_t i = 0; i < n; ++i) {
    site[i] = axis.site(i);
    names[i] = axis.address(i);
    block[i] = axis.block(i);
    neuron[i] = axis.neurons[i].index;
    head[i] = axis.head(i);
  }
  Table table;
  table.rows = static_cast<std::int64_t>(n);
  table.row_names = std::move(names);
  table.add("site", categorical(site));
  table.add("block", std::move(block));
  table.add("neuron", std::move(neuron));
  if (std::any_of(head.begin(), head.end(), [](std::int32_t h) { return h >= 0; }))
    table.add("head", std::move(head));
  return table;
}

Tree sites_tree(const NeuronAxis& axis) {
  Tree out = {{"site", Tree::array()},
              {"block", Tree::array()},
              {"width", Tree::array()},
              {"head_width", Tree::array()}};
  for (const SiteColumns& site : axis.sites) {
    out["site"].push_back(site.site);
    out["block"].push_back(site.block);
    out["width"].push_back(site.width);
    out["head_width"].push_back(site.head_width);
  }
  return out;
}

NeuronAxis neuron_axis(const Table& table, const Tree& uns, std::string_view where) {
  if (table.find("site") == nullptr || table.find("neuron") == nullptr) return plain_axis(table.rows);
  const std::vector<std::string> site = table.strings("site", where);
  const std::vector<double> neuron = table.numbers("neuron", where);
  const std::vector<double> block =
      table.find("block") != nullptr ? table.numbers("block", where) : std::vector<double>(site.size(), -1.0);
  const auto known = known_sites(uns);
  NeuronAxis axis;
  std::map<std::string, std::int32_t> position;
  // Sites in the order of uns/sites, then, for files without it, in the order of the table.
  if (uns.contains("sites") && !known.empty())
    for (const Tree& name : uns["sites"]["site"]) {
      position[name.get<std::string>()] = static_cast<std::int32_t>(axis.sites.size());
      axis.sites.push_back(known.at(name.get<std::string>()));
    }
  std::set<Neuron> seen;
  for (std::size_t i = 0; i < site.size(); ++i) {
    const auto [at, is_new] = position.try_emplace(site[i], static_cast<std::int32_t>(axis.sites.size()));
    if (is_new) {
      SiteColumns columns;
      columns.site = site[i];
      columns.block = static_cast<int>(block[i]);
      axis.sites.push_back(columns);
    }
    SiteColumns& columns = axis.sites[static_cast<std::size_t>(at->second)];
    const auto index = static_cast<std::int32_t>(neuron[i]);
    if (!known.contains(site[i])) columns.width = std::max(columns.width, index + 1);
    if (index < 0 || index >= columns.width)
      throw input_error("{}: neuron {} of {}, which has {}", where, index, site[i], columns.width);
    axis.neurons.push_back({at->second, index});
    if (!seen.insert(axis.neurons.back()).second)
      throw input_error("{}: neuron {}:{} stands there twice", where, site[i], index);
  }
  return axis;
}

}  // namespace neurox::io
