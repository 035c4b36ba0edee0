#include "neurox/report/flat_measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

struct Extent {
  std::size_t count = 0;
  double least = 0, most = 0;

  void add(double v) {
    least = count == 0 ? v : std::min(least, v);
    most = count == 0 ? v : std::max(most, v);
    ++count;
  }
  bool is_flat() const {
    return count > 1 && most - least <= 1e-6 * std::max(std::abs(least), std::abs(most));
  }
};

std::map<std::pair<std::string, std::size_t>, Extent> extents(const AblationFindings& table) {
  std::set<std::string> targets;
  for (const AblationRow& r : table.rows)
    if (r.group != "none") targets.insert(r.target);
  std::map<std::pair<std::string, std::size_t>, Extent> out;
  for (const AblationRow& r : table.rows)
    for (const std::string& target : targets) {
      // What is measured without an edit may stand there once for all targets.
      if (!r.class_name.empty() || (r.target != target && !(r.group == "none" && r.target.empty()))) continue;
      for (std::size_t m = 0; m < std::min(r.values.size(), table.measures.size()); ++m) {
        // Untouched texts do not differ from themselves.
        const bool given = r.group == "none" && table.measures[m] == "changed";
        if (std::isfinite(r.values[m]) && !given) out[{target, m}].add(r.values[m]);
      }
    }
  return out;
}

}  // namespace

std::set<std::pair<std::string, std::size_t>> flat_measures(const AblationFindings& table) {
  std::set<std::pair<std::string, std::size_t>> out;
  for (const auto& [key, extent] : extents(table))
    if (extent.is_flat()) out.insert(key);
  return out;
}

std::string flat_measures_in_words(const AblationFindings& table) {
  std::string list;
  bool has_no_bleu = false;
  for (const auto& [key, extent] : extents(table)) {
    const std::string& measure = table.measures[key.second];
    if (!extent.is_flat() || measure == "texts" || measure == "tokens" || measure.ends_with("_drop"))
      continue;
    list += fmt::format("{}{}{} ({})", list.empty() ? "" : ", ", measure_title(measure),
                        key.first == "matrix" ? " in the activation matrix" : "",
                        is_share(measure) ? html::percent(extent.most) : html::number(extent.most));
    has_no_bleu = has_no_bleu || (measure == "bleu" && extent.most == 0);
  }
  if (list.empty()) return {};
  return fmt::format("<p class=\"muted\">The same under every condition: {}.{}</p>\n", html::escape(list),
                     has_no_bleu ? " BLEU counts up to four words in a row; of shorter texts it is 0." : "");
}

}  // namespace neurox
