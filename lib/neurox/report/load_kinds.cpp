#include <algorithm>
#include <cmath>

#include "neurox/core/site.h"
#include "neurox/report/load_parts.h"
#include "neurox/report/neuron_kind.h"

namespace neurox::load {
namespace {

/// Sites whose values are a ReLU's output: as the settings say, or, where they say nothing, at mlp_post with
/// zeros and nothing below zero in any neuron.
std::vector<bool> relu_sites(const NeuronAxis& axis, const std::vector<Statistics>& statistics,
                             std::string_view activation) {
  std::vector<bool> out(axis.sites.size());
  for (std::size_t s = 0; s < axis.sites.size(); ++s) {
    const auto site = parse_site(axis.sites[s].site);
    if (!site || site->kind != SiteKind::MlpPost) continue;
    if (!activation.empty()) {
      out[s] = activation == "relu";
      continue;
    }
    bool never_below = true, zeros = false;
    for (std::size_t i = 0; i < axis.size(); ++i) {
      if (static_cast<std::size_t>(axis.neurons[i].site) != s) continue;
      never_below = never_below && statistics[i].min >= 0;
      zeros = zeros || statistics[i].zero > 0;
    }
    out[s] = never_below && zeros;
  }
  return out;
}

}  // namespace

std::string activation_of(const io::Provenance& provenance) {
  for (const io::Tree* tree : {&provenance.settings, &child(provenance.settings, "activations")})
    if (const std::string name = text(*tree, "activation"); !name.empty()) return name;
  return {};
}

NeuronTable neuron_table(const NeuronAxis& axis, const io::Table& table, std::string_view activation) {
  NeuronTable out{axis, std::vector<Statistics>(axis.size()), {}};
  const std::pair<const char*, double Statistics::*> columns[] = {
      {"mean", &Statistics::mean},   {"variance", &Statistics::variance},
      {"min", &Statistics::min},     {"max", &Statistics::max},
      {"zero", &Statistics::zero},   {"nonpositive", &Statistics::nonpositive},
      {"small", &Statistics::small}, {"saturated", &Statistics::saturated}};
  for (const auto& [name, member] : columns) {
    if (table.find(name) == nullptr) continue;
    const std::vector<double> values = table.numbers(name, name);
    for (std::size_t i = 0; i < std::min(values.size(), axis.size()); ++i)
      out.statistics[i].*member = values[i];
  }
  const std::vector<bool> relu = relu_sites(axis, out.statistics, activation);
  std::vector<KindInput> inputs;
  for (std::size_t i = 0; i < axis.size(); ++i)
    inputs.push_back(
        {axis.neurons[i].site, relu[static_cast<std::size_t>(axis.neurons[i].site)], out.statistics[i]});
  for (const auto& kinds : kinds_of(inputs)) {
    out.kinds.emplace_back();
    for (const NeuronKind kind : kinds) out.kinds.back().emplace_back(name(kind));
  }
  return out;
}

KindFindings kind_findings(const NeuronTable& t, std::size_t most_rows) {
  KindFindings out;
  if (std::all_of(t.statistics.begin(), t.statistics.end(),
                  [](const Statistics& s) { return std::isnan(s.variance); }))
    return out;
  out.neurons = static_cast<std::int64_t>(t.axis.size());
  for (const NeuronKind kind : neuron_kinds()) out.kinds.emplace_back(name(kind));
  for (const std::string& kind : out.kinds) {
    std::vector<std::int64_t> counts(t.axis.sites.size());
    for (std::size_t i = 0; i < t.axis.size(); ++i)
      if (std::find(t.kinds[i].begin(), t.kinds[i].end(), kind) != t.kinds[i].end())
        ++counts[static_cast<std::size_t>(t.axis.neurons[i].site)];
    for (std::size_t s = 0; s < counts.size(); ++s)
      out.totals.push_back({kind, t.axis.sites[s].site, counts[s]});
  }
  // When not all fit, every kind keeps its share: the table takes from each in turn, in the order of
  // addresses.
  std::vector<bool> taken(t.axis.size());
  std::size_t n = 0;
  std::vector<std::size_t> next(out.kinds.size());
  for (bool any = true; any && n < most_rows;) {
    any = false;
    for (std::size_t k = 0; k < out.kinds.size() && n < most_rows; ++k)
      for (std::size_t& i = next[k]; i < t.axis.size();) {
        const std::size_t here = i++;
        if (std::find(t.kinds[here].begin(), t.kinds[here].end(), out.kinds[k]) == t.kinds[here].end())
          continue;
        any = true;
        if (!taken[here]) taken[here] = true, ++n;
        break;
      }
  }
  for (std::size_t i = 0; i < t.axis.size(); ++i)
    if (taken[i]) out.rows.push_back({t.axis.address(i), t.axis.site(i), t.statistics[i], t.kinds[i]});
  return out;
}

}  // namespace neurox::load
