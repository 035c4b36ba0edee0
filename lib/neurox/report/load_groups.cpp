#include <algorithm>

#include "neurox/report/load_parts.h"

namespace neurox::load {

bool is_of_groups(const Loaded& file) {
  return file.provenance.kind == "ranking" &&
         (!strings(child(file.data.uns, "groups"), "group").empty() ||
          !strings(child(file.data.uns, "mediators"), "mediator").empty());
}

bool groups(const Loaded& file, MethodFindings& out) {
  const io::Tree& table = child(file.data.uns, "groups");
  const auto names = strings(table, "group");
  if (!is_of_groups(file) || names.empty()) return false;
  GroupFindings found;
  found.file = file.name, found.model = file.provenance.model;
  found.method = text(child(file.data.uns, "ranking"), "method");
  found.by = text(file.provenance.settings, "groups");
  found.sentences = static_cast<std::int64_t>(strings(child(file.data.uns, "examples"), "text").size());
  const auto neurons = numbers(table, "neurons"), effect = numbers(table, "effect"),
             magnitude = numbers(table, "magnitude"), error = numbers(table, "standard_error");
  const std::size_t n = std::min({names.size(), neurons.size(), effect.size(), magnitude.size()});
  for (std::size_t g = 0; g < n; ++g)
    found.rows.push_back({names[g], static_cast<std::int64_t>(neurons[g]), effect[g], magnitude[g],
                          g < error.size() ? error[g] : no_value});
  out.groups.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
