#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <system_error>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostGroupBars = 40;

/// `3.11` of block 3, head 11.
std::optional<std::pair<int, int>> head_of(const std::string& name) {
  int block = 0, head = 0;
  const char* end = name.data() + name.size();
  const auto [dot, bad_block] = std::from_chars(name.data(), end, block);
  if (bad_block != std::errc() || dot == end || *dot != '.') return std::nullopt;
  const auto [rest, bad_head] = std::from_chars(dot + 1, end, head);
  if (bad_head != std::errc() || rest != end) return std::nullopt;
  return std::pair{block, head};
}

std::string group_tip(const GroupRow& r) {
  return fmt::format("{}: {}{}, size {}, {} neurons", r.name, html::number(r.effect),
                     std::isfinite(r.error) ? fmt::format(" ± {}", html::number(r.error)) : "",
                     html::number(r.magnitude), html::count(r.neurons));
}

/// Blocks x heads, where every group is a head; nothing otherwise.
std::optional<Json> heads_by_block(const GroupFindings& f, const std::string& title) {
  std::map<int, std::string> blocks, heads;
  for (const GroupRow& r : f.rows) {
    const auto at = head_of(r.name);
    if (!at) return std::nullopt;
    blocks[at->first] = std::to_string(at->first), heads[at->second] = std::to_string(at->second);
  }
  SiteLabels columns{{}, "head"}, rows{{}, "block"};
  for (const auto& [n, name] : heads) columns.names.push_back(name);
  for (const auto& [n, name] : blocks) rows.names.push_back(name);
  Json chart = matrix_chart(title, columns, rows);
  for (const GroupRow& r : f.rows) {
    const auto at = *head_of(r.name);
    add_cell(chart, heads[at.second], blocks[at.first], r.effect, group_tip(r));
  }
  chart["diverging"] = true;
  chart["legend"] = "mean effect";
  return chart;
}

/// Those with the largest effects, in the order of the file.
std::vector<std::size_t> largest_groups(const GroupFindings& f) {
  std::vector<std::size_t> out(f.rows.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::stable_sort(out.begin(), out.end(),
                   [&](std::size_t a, std::size_t b) { return f.rows[a].magnitude > f.rows[b].magnitude; });
  out.resize(std::min(out.size(), kMostGroupBars));
  std::sort(out.begin(), out.end());
  return out;
}

Json bars_of_groups(const GroupFindings& f, const std::string& title) {
  Json points = Json::array(), domain = Json::array();
  for (const std::size_t g : largest_groups(f)) {
    const GroupRow& r = f.rows[g];
    const std::string name = short_site(r.name);
    domain.push_back(name);
    Json p = {{"x", name}, {"y", r.effect}, {"tip", group_tip(r)}};
    if (std::isfinite(r.error)) p["lo"] = r.effect - r.error, p["hi"] = r.effect + r.error;
    points.push_back(std::move(p));
  }
  return {{"kind", "bars"},
          {"title", title},
          {"x", {{"title", "group"}, {"domain", std::move(domain)}}},
          {"y", {{"title", "mean effect"}, {"format", "~g"}}},
          {"series", {{{"name", "effect"}, {"points", std::move(points)}}}}};
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
    const auto heads = heads_by_block(f, title);
    const bool errors =
        std::any_of(f.rows.begin(), f.rows.end(), [](const GroupRow& r) { return std::isfinite(r.error); });
    std::string caption =
        fmt::format("{}, {} by {}, mean over {} {}.", f.file, f.method, f.by.empty() ? "group" : f.by,
                    html::count(f.sentences), f.sentences == 1 ? "sentence" : "sentences");
    if (!heads && errors) caption += " Whiskers: ± one standard error of the draws.";
    if (!heads && f.rows.size() > kMostGroupBars)
      caption += fmt::format(" The {} of {} with the largest effects.", kMostGroupBars, f.rows.size());
    page.figure(heads ? *heads : bars_of_groups(f, title), caption);
    tables += html::folded(fmt::format("{} as numbers", f.file), table_of_groups(f));
  }
  page.body += "</div>\n" + tables + "</section>\n";
}

}  // namespace neurox
