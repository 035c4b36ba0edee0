#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "neurox/report/group_charts.h"
#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

constexpr std::size_t kMostGroupBars = 40;

std::string group_tip(const GroupRow& r) {
  return fmt::format("{}: {}{}, size {}, {} neurons", r.name, html::number(r.effect),
                     std::isfinite(r.error) ? fmt::format(" ± {}", html::number(r.error)) : "",
                     html::number(r.magnitude), html::count(r.neurons));
}

/// What is drawn: effects with their errors.
std::vector<GroupValue> drawn(const GroupFindings& f) {
  std::vector<GroupValue> out;
  for (const GroupRow& r : f.rows)
    out.push_back(
        {r.name, r.effect, group_tip(r), std::isfinite(r.error) ? std::optional(r.error) : std::nullopt});
  return out;
}

html::Table table_of_groups(const GroupFindings& f) {
  html::Table t{fmt::format("{}: groups", f.file),
                {{"group", false}, {"neurons"}, {"mean effect"}, {"mean |effect|"}, {"standard error"}},
                {}};
  for (const GroupRow& r : f.rows)
    t.rows.push_back({r.name, html::count(r.neurons), html::number(r.effect), html::number(r.magnitude),
                      html::number(r.error)});
  return t;
}

}  // namespace

void section_groups(Page& page, const ReportData& data) {
  if (data.methods.groups.empty()) return;
  page.body +=
      "<section id=\"groups\">\n<h2>What groups of neurons do</h2>\n<p>How far the target falls when a group "
      "is "
      "replaced (ablation), or the group’s part of the fall when all are (Shapley values). Above 0 the group "
      "speaks for the target, below 0 against it.</p>\n<div class=\"charts\">\n";
  std::string tables;
  for (const GroupFindings& f : data.methods.groups) {
    const std::string title = fmt::format("Effect of groups, {}, {}", f.method, f.file);
    const std::vector<GroupValue> values = drawn(f);
    const auto heads = heads_by_block(values, title, "mean effect");
    const bool errors =
        std::any_of(f.rows.begin(), f.rows.end(), [](const GroupRow& r) { return std::isfinite(r.error); });
    std::string caption =
        fmt::format("{}, {} by {}, mean over {} {}.", f.file, f.method, f.by.empty() ? "group" : f.by,
                    html::count(f.sentences), f.sentences == 1 ? "sentence" : "sentences");
    if (!heads && errors) caption += " Whiskers: ± one standard error of the draws.";
    if (!heads && f.rows.size() > kMostGroupBars)
      caption += fmt::format(" The {} of {} with the largest effects.", kMostGroupBars, f.rows.size());
    page.figure(heads ? *heads : bars_of_groups(values, title, "mean effect", kMostGroupBars), caption);
    tables += html::folded(fmt::format("{} as numbers", f.file), table_of_groups(f));
  }
  page.body += "</div>\n" + tables + "</section>\n";
}

}  // namespace neurox
