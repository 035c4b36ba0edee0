#include "neurox/report/group_charts.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>
#include <string_view>
#include <system_error>

#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

/// A head: `3.11` is head 11 of block 3; where heads of several sites go together, `SITE:11` one of a site.
struct Head {
  std::string row;  ///< `3`, or `decoder_cross_z@3`
  int head = 0;
};

std::optional<int> whole_number(std::string_view text) {
  int out = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<Head> head_of(const std::string& name) {
  const std::size_t colon = name.rfind(':'), cut = colon == std::string::npos ? name.find('.') : colon;
  if (cut == std::string::npos) return std::nullopt;
  const auto head = whole_number(std::string_view(name).substr(cut + 1));
  const std::string before = name.substr(0, cut);
  if (!head) return std::nullopt;
  if (colon == std::string::npos)
    return whole_number(before) ? std::optional(Head{before, *head}) : std::nullopt;
  const std::string site = short_site(before);
  return site == before ? std::nullopt : std::optional(Head{site, *head});
}

/// `decoder_cross_z@3:7`, of a head or neuron too.
std::string short_group(const std::string& name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string::npos
             ? short_site(name)
             : short_site(std::string_view(name).substr(0, colon)) + name.substr(colon);
}

}  // namespace

std::optional<Json> heads_by_block(const std::vector<GroupValue>& groups, const std::string& title,
                                   const std::string& legend) {
  std::set<int> heads;
  std::vector<std::string> blocks;
  for (const GroupValue& g : groups) {
    const auto at = head_of(g.name);
    if (!at) return std::nullopt;
    heads.insert(at->head);
    if (std::find(blocks.begin(), blocks.end(), at->row) == blocks.end()) blocks.push_back(at->row);
  }
  const bool sites =
      std::any_of(blocks.begin(), blocks.end(), [](const auto& b) { return !whole_number(b); });
  // Blocks by number; sites as they come, which is the order of computation.
  if (!sites)
    std::sort(blocks.begin(), blocks.end(),
              [](const auto& a, const auto& b) { return *whole_number(a) < *whole_number(b); });
  SiteLabels columns{{}, "head"}, rows{std::move(blocks), sites ? "site" : "block"};
  for (const int head : heads) columns.names.push_back(std::to_string(head));
  Json chart = matrix_chart(title, columns, rows);
  for (const GroupValue& g : groups) {
    const auto at = *head_of(g.name);
    add_cell(chart, std::to_string(at.head), at.row, g.value, g.tip);
  }
  chart["diverging"] = true;
  chart["legend"] = legend;
  return chart;
}

Json bars_of_groups(const std::vector<GroupValue>& groups, const std::string& title, const std::string& axis,
                    std::size_t largest) {
  std::vector<std::size_t> chosen(groups.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  std::stable_sort(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(groups[a].value) > std::abs(groups[b].value);
  });
  chosen.resize(std::min(chosen.size(), largest));
  std::sort(chosen.begin(), chosen.end());
  Json points = Json::array(), domain = Json::array();
  for (const std::size_t i : chosen) {
    const GroupValue& g = groups[i];
    const std::string name = short_group(g.name);
    domain.push_back(name);
    Json p = {{"x", name}, {"y", g.value}, {"tip", g.tip}};
    if (g.error) p["lo"] = g.value - *g.error, p["hi"] = g.value + *g.error;
    points.push_back(std::move(p));
  }
  return {{"kind", "bars"},
          {"title", title},
          {"x", {{"title", "group"}, {"domain", std::move(domain)}}},
          {"y", {{"title", axis}, {"format", "~g"}}},
          {"series", {{{"name", "effect"}, {"points", std::move(points)}}}}};
}

}  // namespace neurox
