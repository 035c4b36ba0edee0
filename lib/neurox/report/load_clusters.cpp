#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "neurox/io/neuron_table.h"
#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::size_t kDrawnBranches = 1500;
constexpr std::size_t kListedClusters = 30;
constexpr std::size_t kSizeBins = 8;  ///< the last one of more than 64 neurons

/// A merge as the file has it.
struct FileMerge {
  std::size_t left, right;
  double height, size;
};

std::vector<FileMerge> merges_of(const io::Tree& linkage) {
  std::vector<FileMerge> out;
  if (!linkage.is_array()) return out;
  const std::size_t leaves = linkage.size() + 1;
  for (std::size_t i = 0; i < linkage.size(); ++i) {
    const io::Tree& row = linkage[i];
    if (!row.is_array() || row.size() != 4) return {};
    const auto left = row[0].get<double>(), right = row[1].get<double>();
    const auto below = static_cast<double>(leaves + i);
    if (!(left >= 0 && left < below && right >= 0 && right < below)) return {};
    out.push_back({static_cast<std::size_t>(left), static_cast<std::size_t>(right), row[2].get<double>(),
                   row[3].get<double>()});
  }
  return out;
}

/// The highest merges as arches; what lies below the lowest of them is a branch.
void draw(const std::vector<FileMerge>& merges, ClusterFindings& out) {
  if (merges.empty()) return;
  const std::size_t leaves = merges.size() + 1;
  const std::size_t first = merges.size() - std::min(merges.size(), kDrawnBranches - 1);
  const auto is_branch = [&](std::size_t node) { return node < leaves + first; };
  std::vector<double> place(leaves + merges.size(), 0.0);
  // Branches from left to right, no two arches crossing.
  std::vector<std::size_t> stack{leaves + merges.size() - 1};
  while (!stack.empty()) {
    const std::size_t node = stack.back();
    stack.pop_back();
    if (is_branch(node)) {
      place[node] = static_cast<double>(out.branches++);
      continue;
    }
    stack.push_back(merges[node - leaves].right);
    stack.push_back(merges[node - leaves].left);
  }
  const auto height = [&](std::size_t node) { return node < leaves ? 0.0 : merges[node - leaves].height; };
  for (std::size_t i = first; i < merges.size(); ++i) {
    const FileMerge& m = merges[i];
    place[leaves + i] = (place[m.left] + place[m.right]) / 2;
    out.merges.push_back({place[m.left], height(m.left), place[m.right], height(m.right), m.height,
                          static_cast<std::int64_t>(m.size)});
  }
}

/// Where a line cuts as this cut does: its own height, or between the two merges that so many clusters part.
double height_of_cut(const std::string& name, double value, const std::vector<FileMerge>& merges) {
  if (name.starts_with('t')) return value;
  if (!name.starts_with('k') || !(value >= 1)) return no_value;
  const std::size_t leaves = merges.size() + 1, clusters = static_cast<std::size_t>(value);
  if (clusters < 2 || clusters >= leaves) return no_value;
  return (merges[leaves - clusters - 1].height + merges[leaves - clusters].height) / 2;
}

/// Members of each cluster of a column.
std::map<std::int64_t, std::vector<std::size_t>> members_of(const io::Table& obs, const std::string& column) {
  std::map<std::int64_t, std::vector<std::size_t>> out;
  if (obs.find(column) == nullptr) return out;
  const std::vector<double> values = obs.numbers(column, column);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] >= 0) out[static_cast<std::int64_t>(values[i])].push_back(i);
  return out;
}

void add_cuts(const Loaded& file, const std::vector<FileMerge>& merges, ClusterFindings& out) {
  const io::Tree& cuts = child(file.data.uns, "cuts");
  const auto names = strings(cuts, "name");
  const auto value = numbers(cuts, "value"), kept = numbers(cuts, "kept"),
             silhouette = numbers(cuts, "silhouette"), halves = numbers(cuts, "halves");
  const std::size_t n = std::min({names.size(), value.size(), kept.size(), silhouette.size(), halves.size()});
  for (std::size_t c = 0; c < n; ++c) {
    CutRow row;
    row.name = names[c];
    row.height = height_of_cut(names[c], value[c], merges);
    row.kept = kept[c], row.silhouette = silhouette[c], row.halves = halves[c];
    for (const auto& [k, members] : members_of(file.data.obs, "cluster_" + names[c])) {
      const std::size_t size = members.size();
      ++row.clusters;
      row.alone += size == 1 ? 1 : 0;
      row.largest = std::max(row.largest, static_cast<std::int64_t>(size));
      std::size_t bin = 0;
      while (bin < kSizeBins - 1 && (std::size_t{1} << bin) < size) ++bin;
      if (row.sizes.size() <= bin) row.sizes.resize(bin + 1, 0);
      ++row.sizes[bin];
    }
    out.cuts.push_back(std::move(row));
  }
}

void add_spread(const NeuronAxis& axis, const std::map<std::int64_t, std::vector<std::size_t>>& members,
                ClusterFindings& out) {
  std::map<int, BlockSpread> by_block;
  for (const auto& [k, own] : members) {
    std::set<int> blocks;
    for (const std::size_t i : own) blocks.insert(axis.block(i));
    for (const std::size_t i : own) {
      BlockSpread& row = by_block[axis.block(i)];
      ++(own.size() == 1 ? row.alone : blocks.size() == 1 ? row.within : row.across);
    }
  }
  for (auto& [block, row] : by_block) {
    row.block = block < 0 ? "none" : std::to_string(block);
    out.spread.push_back(std::move(row));
  }
}

void add_largest(const Loaded& file, const NeuronAxis& axis,
                 const std::map<std::int64_t, std::vector<std::size_t>>& members, ClusterFindings& out) {
  const io::Table& obs = file.data.obs;
  const std::string name = out.cuts.empty() ? "" : "_" + out.cuts.front().name;
  const auto column = [&](const std::string& of) {
    return obs.find(of) != nullptr ? obs.numbers(of, of) : std::vector<double>(axis.size(), no_value);
  };
  const auto correlation = column("correlation" + name), silhouette = column("silhouette" + name),
             representative = column("representative");
  for (const auto& [k, own] : members) {
    if (own.size() < 2) continue;
    ClusterRow row;
    row.cluster = k, row.neurons = static_cast<std::int64_t>(own.size());
    row.correlation = row.silhouette = 0;
    std::set<int> blocks;
    for (const std::size_t i : own) {
      row.correlation += correlation[i] / static_cast<double>(own.size());
      row.silhouette += silhouette[i] / static_cast<double>(own.size());
      if (representative[i] > 0) row.representative = axis.address(i);
      blocks.insert(axis.block(i));
    }
    row.blocks = fmt::format("{}", fmt::join(blocks, ", "));
    out.largest.push_back(std::move(row));
  }
  std::stable_sort(out.largest.begin(), out.largest.end(),
                   [](const ClusterRow& a, const ClusterRow& b) { return a.neurons > b.neurons; });
  if (out.largest.size() > kListedClusters) out.largest.resize(kListedClusters);
}

}  // namespace

bool clusters(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "clusters" || child(file.data.uns, "cuts").empty()) return false;
  const std::vector<FileMerge> merges = merges_of(child(file.data.uns, "linkage"));
  const io::Tree& settings = child(file.data.uns, "clusters");
  ClusterFindings found;
  found.file = file.name, found.model = file.provenance.model;
  found.linkage = text(settings, "linkage"), found.correlation = text(settings, "correlation");
  found.absolute = settings.value("absolute", true);
  found.neurons = file.data.obs.rows;
  found.constant = settings.value("constant", std::int64_t{0});
  found.tokens = settings.value("tokens", std::int64_t{0});
  draw(merges, found);
  add_cuts(file, merges, found);
  const NeuronAxis axis = io::neuron_axis(file.data.obs, file.data.uns, file.where);
  const auto members = members_of(file.data.obs, "cluster");
  add_spread(axis, members, found);
  add_largest(file, axis, members, found);
  out.clusters.push_back(std::move(found));
  return true;
}

bool redundancy(const Loaded& file, MethodFindings& out) {
  const io::Tree& steps = child(file.data.uns, "steps");
  const auto names = strings(steps, "step");
  if (file.provenance.kind != "redundancy" || names.empty()) return false;
  const io::Tree& settings = child(file.data.uns, "redundancy");
  RedundancyFindings found;
  found.file = file.name, found.model = file.provenance.model;
  found.label = text(settings, "label"), found.cut = text(settings, "cut");
  found.layer_loss = number(settings, "layer_loss"), found.neuron_loss = number(settings, "neuron_loss");
  found.layers = settings.value("layers", std::int64_t{0});
  found.layers_kept = settings.value("layers_kept", std::int64_t{0});
  const auto neurons = numbers(steps, "neurons"), share = numbers(steps, "share"),
             accuracy = numbers(steps, "accuracy"), kept = numbers(steps, "accuracy_kept");
  const std::size_t n = std::min({names.size(), neurons.size(), share.size(), accuracy.size(), kept.size()});
  for (std::size_t i = 0; i < n; ++i)
    found.rows.push_back({names[i], static_cast<std::int64_t>(neurons[i]), share[i], accuracy[i], kept[i]});
  out.redundancy.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
