#include <fmt/format.h>

#include <cmath>

#include "neurox/report/class_changes.h"
#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_heat_lines = 60;

std::string figure_of(const ClassChanges& c, double v) {
  if (std::isnan(v)) return {};
  return is_share(c.measure) ? html::percent(v) : html::number(v);
}

html::Table table_of_changes(const ClassChanges& c, const std::string& where) {
  html::Table t{fmt::format("{} by class{}", measure_title(c.measure), where),
                {{"class", false}, {"nothing edited"}},
                {}};
  for (const std::string& name : c.conditions) t.columns.push_back({name});
  for (std::size_t i = 0; i < c.classes.size(); ++i) {
    t.rows.push_back({c.classes[i], figure_of(c, c.baseline[i])});
    for (Index k = 0; k < c.values.cols(); ++k)
      t.rows.back().push_back(figure_of(c, c.values(static_cast<Index>(i), k)));
  }
  return t;
}

Json cells_of(const ClassChanges& c) {
  Json cells = Json::array();
  for (std::size_t i = 0; i < c.classes.size(); ++i)
    for (std::size_t k = 0; k < c.conditions.size(); ++k) {
      const double now = c.values(static_cast<Index>(i), static_cast<Index>(k)), change = now - c.baseline[i];
      if (std::isnan(now)) continue;
      const std::string text =
          is_share(c.measure) ? fmt::format("{:+.0f}", change * 100) : fmt::format("{:+.2g}", change);
      cells.push_back({{"x", c.conditions[k]},
                       {"y", c.classes[i]},
                       {"v", change},
                       {"t", text == "-0" || text == "+0" ? "0" : text},
                       {"tip", fmt::format("{}, {}: {} instead of {}", c.classes[i], c.conditions[k],
                                           figure_of(c, now), figure_of(c, c.baseline[i]))}});
    }
  return cells;
}

}  // namespace

void change_by_class(Page& page, const AblationFindings& a) {
  const ClassChanges c = class_changes(a);
  if (c.classes.empty() || c.conditions.empty()) return;
  const bool share = is_share(c.measure);
  const std::string where = c.target == "model"    ? ", in the running model"
                            : c.target == "matrix" ? ", in the activation matrix only"
                                                   : "";
  if (c.classes.size() <= most_heat_lines && c.conditions.size() <= most_heat_lines)
    page.figure(
        {{"kind", "heat"},
         {"title", fmt::format("Change of {} by class, {}", measure_title(c.measure), a.model)},
         {"x", {{"title", "neurons"}, {"domain", c.conditions}}},
         {"y", {{"title", "class"}, {"domain", c.classes}}},
         {"values", cells_of(c)},
         {"diverging", true},
         {"legend", fmt::format("change of {}", measure_title(c.measure))},
         {"format", share ? "+.0%" : "+~r"}},
        fmt::format("Change against nothing edited{}{}.", share ? ", in percentage points" : "", where));
  page.body += html::folded("By class as numbers", table_of_changes(c, where));
}

}  // namespace neurox
