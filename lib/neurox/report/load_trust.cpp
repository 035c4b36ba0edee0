#include <algorithm>
#include <set>

#include "neurox/report/load_parts.h"

namespace neurox::load {

bool trust(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "attribution") return false;
  TrustFindings found;
  found.file = file.name, found.model = file.provenance.model;
  const io::Tree& mean = child(child(file.data.uns, "trust"), "mean");
  const auto methods = strings(mean, "method");
  for (const std::string& name : methods) found.rows.push_back({name, {}});
  for (const auto& [name, values] : mean.items()) {
    if (name == "method") continue;
    const auto column = numbers(mean, name.c_str());
    if (column.size() != methods.size()) continue;
    found.measures.push_back(name);
    for (std::size_t m = 0; m < methods.size(); ++m) found.rows[m].values.push_back(column[m]);
  }
  const auto judged = numbers(child(child(file.data.uns, "trust"), "examples"), "sentence");
  found.sentences = static_cast<std::int64_t>(std::set<double>(judged.begin(), judged.end()).size());
  const io::Tree& pairs = child(child(file.data.uns, "agreement"), "mean");
  const auto first = strings(pairs, "first"), second = strings(pairs, "second");
  const auto spearman = numbers(pairs, "spearman"), overlap = numbers(pairs, "top_fifth_overlap"),
             chance = numbers(pairs, "overlap_by_chance");
  const std::size_t n =
      std::min({first.size(), second.size(), spearman.size(), overlap.size(), chance.size()});
  for (std::size_t i = 0; i < n; ++i)
    found.agreement.push_back({first[i], second[i], spearman[i], overlap[i], chance[i]});
  const io::Tree& curves = child(file.data.uns, "faithfulness");
  const auto of = strings(curves, "method");
  const auto share = numbers(curves, "share"), without = numbers(curves, "comprehensiveness"),
             alone = numbers(curves, "sufficiency");
  const std::size_t k = std::min({of.size(), share.size(), without.size(), alone.size()});
  for (std::size_t i = 0; i < k; ++i) found.faithfulness.push_back({of[i], share[i], without[i], alone[i]});
  if (found.rows.empty() && found.faithfulness.empty()) return false;
  out.trust.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
