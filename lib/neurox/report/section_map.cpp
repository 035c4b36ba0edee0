#include <fmt/format.h>

#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

double to_three_places(double x) {
  return std::round(x * 1000) / 1000;
}

Json chart_of_map(const MapFindings& f, const std::string& title) {
  // Numbers of groups, not their names, and no field twice: a map has thousands of points.
  Json points = Json::array(), groups = f.groups;
  if (f.groups.empty()) groups.push_back(f.of);
  for (const MapPoint& p : f.points)
    points.push_back({to_three_places(p.x), to_three_places(p.y), f.groups.empty() ? 0 : p.group, p.name});
  return {{"kind", "map"}, {"title", title}, {"groups", std::move(groups)}, {"points", std::move(points)}};
}

}  // namespace

void section_map(Page& page, const ReportData& data) {
  if (data.methods.maps.empty()) return;
  page.body +=
      "<section id=\"maps\">\n<h2>Maps</h2>\n<p>Things that are alike lie near each other (UMAP). Distances "
      "between "
      "far groups, their sizes and densities say nothing. Drag to move, turn the wheel with Ctrl held to "
      "come nearer, "
      "double-click to see all again.</p>\n<div class=\"charts\">\n";
  for (const MapFindings& f : data.methods.maps) {
    const std::string colour = f.colour.empty() ? "" : fmt::format(" coloured by {}", f.colour);
    page.figure(
        chart_of_map(f, fmt::format("Map of {} {}{}", html::count(static_cast<std::int64_t>(f.points.size())),
                                    f.of, colour)),
        fmt::format("{}: {} by {}, {} neighbours; trustworthiness {} (1: everything drawn near is near).",
                    f.file, f.of, f.by, f.neighbours, html::number(f.trustworthiness)));
  }
  page.body += "</div>\n</section>\n";
}

}  // namespace neurox
