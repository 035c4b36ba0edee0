#include "neurox/report/class_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "neurox/report/condition_name.h"
#include "neurox/report/html.h"

namespace neurox {
namespace {

/// Whether conditions differ in what their names must then say.
struct Named {
  bool ranking = false, operation = false;
};

Named what_is_named(const AblationFindings& table) {
  std::set<std::string> rankings, operations;
  for (const AblationRow& r : table.rows) {
    if (r.group == "none") continue;
    if (!r.ranking.empty() && r.group != "list") rankings.insert(r.ranking);
    operations.insert(r.operation);
  }
  return {rankings.size() > 1, operations.size() > 1};
}

std::string column_of(const AblationRow& r, const Named& named) {
  if (r.group == "list" || std::isnan(r.share)) return condition_name(r);
  return fmt::format("{}{}{}{} {}", r.keep ? "all but " : "", r.group,
                     named.ranking && !r.ranking.empty() ? " of " + r.ranking : "",
                     named.operation ? ", " + r.operation : "", html::round_percent(r.share));
}

std::size_t place_in(std::vector<std::string>& list, const std::string& name) {
  const auto at = std::find(list.begin(), list.end(), name);
  if (at != list.end()) return static_cast<std::size_t>(at - list.begin());
  list.push_back(name);
  return list.size() - 1;
}

bool counts(const AblationRow& r) {
  return !r.class_name.empty() && r.group != "none" && r.group != "neuron";
}

}  // namespace

ClassChanges class_changes(const AblationFindings& table) {
  ClassChanges out;
  std::size_t measure = table.measures.size();
  for (const AblationRow& r : table.rows)
    for (std::size_t m = 0; measure == table.measures.size() && m < r.values.size(); ++m)
      if (counts(r) && std::isfinite(r.values[m]) && table.measures[m] != "texts" &&
          table.measures[m] != "tokens")
        measure = m, out.target = r.target;
  if (measure == table.measures.size()) return out;
  out.measure = table.measures[measure];
  for (const AblationRow& r : table.rows)
    // What is measured without an edit may stand there once for all targets.
    if (r.group == "none" && !r.class_name.empty() && (r.target == out.target || r.target.empty()) &&
        std::isfinite(r.values[measure]) &&
        std::find(out.classes.begin(), out.classes.end(), r.class_name) == out.classes.end()) {
      out.classes.push_back(r.class_name);
      out.baseline.push_back(r.values[measure]);
    }
  const Named named = what_is_named(table);
  std::vector<std::vector<double>> sums(out.classes.size()), draws(out.classes.size());
  for (const AblationRow& r : table.rows) {
    const auto at = std::find(out.classes.begin(), out.classes.end(), r.class_name);
    if (!counts(r) || r.target != out.target || at == out.classes.end() || !std::isfinite(r.values[measure]))
      continue;
    const auto c = static_cast<std::size_t>(at - out.classes.begin());
    const std::size_t k = place_in(out.conditions, column_of(r, named));
    if (sums[c].size() <= k) sums[c].resize(k + 1), draws[c].resize(k + 1);
    sums[c][k] += r.values[measure];
    ++draws[c][k];
  }
  out.values = MatrixD::Constant(static_cast<Index>(out.classes.size()),
                                 static_cast<Index>(out.conditions.size()), no_value);
  for (std::size_t c = 0; c < sums.size(); ++c)
    for (std::size_t k = 0; k < sums[c].size(); ++k)
      if (draws[c][k] > 0)
        out.values(static_cast<Index>(c), static_cast<Index>(k)) = sums[c][k] / draws[c][k];
  return out;
}

}  // namespace neurox
