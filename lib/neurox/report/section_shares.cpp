#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_places = 30;  ///< of a text; longer ones are cut

struct Part {
  const char* name;
  double SharePlace::*value;
};
constexpr Part kParts[] = {{"source", &SharePlace::source},
                           {"output so far", &SharePlace::prefix},
                           {"special", &SharePlace::special}};

Json by_place(const ShareFindings& f) {
  Json series = Json::array();
  for (const Part& part : kParts) {
    Json points = Json::array();
    for (const SharePlace& p : f.places)
      if (std::isfinite(p.*part.value))
        points.push_back({{"x", p.position},
                          {"y", p.*part.value},
                          {"tip", fmt::format("token {}: {} {}, mean of {}", p.position, part.name,
                                              html::percent(p.*part.value), html::count(p.tokens))}});
    series.push_back({{"name", part.name},
                      {"role", ""},
                      {"dash", 0},
                      {"shape", static_cast<int>(series.size())},
                      {"points", std::move(points)}});
  }
  Json ticks = Json::array();
  if (f.places.size() <= 20)
    for (const SharePlace& p : f.places) ticks.push_back(p.position);
  Json x{{"title", "place in the output, from 0"}, {"type", "linear"}, {"format", "~r"}};
  if (!ticks.empty()) x["ticks"] = std::move(ticks);
  return {{"kind", "lines"},
          {"title", fmt::format("Where tokens come from, by place, {}", f.file)},
          {"x", std::move(x)},
          {"y", {{"title", "mean share"}, {"zero", true}, {"format", ".3~p"}}},
          {"series", std::move(series)}};
}

/// Outputs below each other, each token's cell shaded by the source's share.
Json by_token(const ShareFindings& f) {
  SiteLabels columns{{}, "place in the output"}, rows{{}, "output"};
  std::size_t longest = 0;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < f.texts.size(); ++i) {
    longest = std::max(longest, f.texts[i].size());
    names.push_back(std::to_string(i + 1));
  }
  rows.names = names;
  for (std::size_t p = 0; p < std::min(longest, most_places); ++p) columns.names.push_back(std::to_string(p));
  Json chart = matrix_chart(fmt::format("The source's share of each token, {}", f.file), columns, rows);
  chart["format"] = ".0%", chart["rounded"] = false, chart["legend"] = "share of the source";
  for (std::size_t i = 0; i < f.texts.size(); ++i)
    for (std::size_t p = 0; p < std::min(f.texts[i].size(), most_places); ++p) {
      const ShareToken& t = f.texts[i][p];
      if (!std::isfinite(t.source)) continue;
      chart["values"].push_back({{"x", columns.names[p]},
                                 {"y", names[i]},
                                 {"v", t.source},
                                 {"t", t.token},
                                 {"tip", fmt::format("{}: source {}, output so far {}", t.token,
                                                     html::percent(t.source), html::percent(t.prefix))}});
    }
  return chart;
}

html::Table table_of_places(const ShareFindings& f) {
  html::Table t{fmt::format("{}: mean shares by place", f.file),
                {{"place"}, {"tokens"}, {"source"}, {"output so far"}, {"special"}, {"entropy (nats)"}},
                {}};
  for (const SharePlace& p : f.places)
    t.rows.push_back({html::count(p.position), html::count(p.tokens), html::percent(p.source),
                      html::percent(p.prefix), html::percent(p.special), html::number(p.entropy)});
  return t;
}

}  // namespace

void section_shares(Page& page, const ReportData& data) {
  if (data.methods.shares.empty()) return;
  page.body +=
      "<section id=\"shares\">\n<h2>What each token of an output comes from</h2>\n<p>Of the attributions "
      "that "
      "lead to a token, by size, the part of the source’s tokens, of the output’s before it, and of special "
      "ones. Shares depend on the method: hold only those of one against each other.</p>\n<div "
      "class=\"charts\">\n";
  std::string tables;
  for (const ShareFindings& f : data.methods.shares) {
    page.figure(by_place(f),
                fmt::format("{}, by {}, mean over {} outputs.", f.file, f.method, html::count(f.outputs)));
    page.figure(by_token(f),
                fmt::format("Each token of the first {} of {} outputs.",
                            html::count(static_cast<std::int64_t>(f.texts.size())), html::count(f.outputs)));
    tables += html::folded(fmt::format("{} as numbers", f.file), table_of_places(f));
  }
  page.body += "</div>\n" + tables + "</section>\n";
}

}  // namespace neurox
