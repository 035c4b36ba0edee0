#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

Json set_line(const RankBelief& r, const std::string& name, double SetPoint::*value) {
  Json points = Json::array();
  for (const SetPoint& p : r.sets)
    if (std::isfinite(p.*value))
      points.push_back(
          {{"x", p.neurons},
           {"y", p.*value},
           {"tip", fmt::format("{}, {} neurons: {}", name, html::count(static_cast<std::int64_t>(p.neurons)),
                               html::percent(p.*value))}});
  return {{"name", name}, {"points", std::move(points)}};
}

Json chart_of_sets(const RankBelief& r) {
  Json series = Json::array({set_line(r, "first neurons", &SetPoint::accuracy)});
  Json random = set_line(r, "random neurons", &SetPoint::random);
  random["role"] = "random", random["dash"] = 1;
  for (std::size_t i = 0; i < random["points"].size(); ++i) {
    random["points"][i]["lo"] = r.sets[i].random_low;
    random["points"][i]["hi"] = r.sets[i].random_high;
  }
  series.push_back(std::move(random));
  for (Json line : {set_line(r, "random model", &SetPoint::random_model),
                    set_line(r, "control task", &SetPoint::control)})
    if (!line["points"].empty()) {
      line["dash"] = 2;
      series.push_back(std::move(line));
    }
  Json rules = Json::array(), ticks = Json::array();
  const auto rule = [&](const char* name, double y) {
    if (std::isfinite(y)) rules.push_back({{"name", name}, {"y", y}});
  };
  rule("all neurons", r.all);
  rule("each word's commonest class", r.lookup);
  rule("majority class", r.majority);
  for (const SetPoint& p : r.sets) ticks.push_back(p.neurons);
  return {{"kind", "lines"},
          {"title", fmt::format("Accuracy of growing sets, {} by {}", r.label, r.method)},
          {"x",
           {{"title", "neurons"}, {"type", "linear"}, {"scale", "sqrt"}, {"format", ",d"}, {"ticks", ticks}}},
          {"y", {{"title", "accuracy"}, {"format", ".0%"}, {"zero", true}}},
          {"series", std::move(series)},
          {"rules", std::move(rules)}};
}

html::Table table_of_concepts(const RankBelief& r) {
  const bool discovered = std::any_of(r.concepts.begin(), r.concepts.end(),
                                      [](const BeliefRow& row) { return row.discoveries >= 0; });
  const bool halves = std::any_of(r.concepts.begin(), r.concepts.end(),
                                  [](const BeliefRow& row) { return std::isfinite(row.half_correlation); });
  html::Table t{fmt::format("{}: by concept", r.file), {{"concept", false}}, {}};
  if (discovered)
    t.columns.push_back(
        {fmt::format("neurons with q ≤ {}, of {}", html::number(r.rate), html::count(r.neurons))});
  if (halves) {
    t.columns.push_back({"correlation of halves"});
    t.columns.push_back({"top tenth in both"});
  }
  for (const BeliefRow& row : r.concepts) {
    t.rows.push_back({row.name});
    if (discovered) t.rows.back().push_back(html::number(row.discoveries));
    if (!halves) continue;
    t.rows.back().push_back(html::number(row.half_correlation));
    t.rows.back().push_back(html::percent(row.half_overlap));
  }
  return t;
}

Json chart_of_code(const CodeFindings& c) {
  Json series = Json::array(), ticks = Json::array();
  for (const CodedPoint& p : c.blocks) {
    if (!std::isfinite(p.accuracy)) continue;
    if (std::find(ticks.begin(), ticks.end(), Json(p.trained_on)) == ticks.end())
      ticks.push_back(p.trained_on);
    auto line = std::find_if(series.begin(), series.end(),
                             [&](const Json& s) { return s["name"] == short_site(p.site); });
    if (line == series.end()) {
      series.push_back({{"name", short_site(p.site)}, {"points", Json::array()}});
      line = series.end() - 1;
    }
    (*line)["points"].push_back({{"x", p.trained_on},
                                 {"y", p.accuracy},
                                 {"tip", fmt::format("{} after {} tokens: {}", p.site,
                                                     html::count(static_cast<std::int64_t>(p.trained_on)),
                                                     html::percent(p.accuracy))}});
  }
  return {{"kind", "lines"},
          {"title", fmt::format("Accuracy after so many tokens, {}", c.label)},
          {"x",
           {{"title", "training tokens"},
            {"type", "linear"},
            {"scale", "sqrt"},
            {"format", "~s"},
            {"ticks", ticks}}},
          {"y", {{"title", "accuracy on the next block"}, {"format", ".0%"}}},
          {"series", std::move(series)}};
}

html::Table table_of_code(const CodeFindings& c) {
  html::Table t{fmt::format("{}: bits to send the labels", c.file),
                {{"site", false}, {"bits"}, {"compression"}, {"of the data"}, {"of the model"}},
                {}};
  for (const CodedSite& s : c.sites)
    t.rows.push_back({s.site, html::count(std::llround(s.bits)), html::number(s.compression),
                      html::count(std::llround(s.data_bits)), html::count(std::llround(s.model_bits))});
  return t;
}

}  // namespace

void section_belief(Page& page, const ReportData& data) {
  const MethodFindings& methods = data.methods;
  if (methods.beliefs.empty() && methods.codes.empty()) return;
  page.body += "<section id=\"belief\">\n<h2>Whether to believe the rankings</h2>\n";
  for (const RankBelief& r : methods.beliefs) {
    page.body += fmt::format("<h3>{} <span class=\"muted\">{}</span></h3>\n",
                             html::escape(fmt::format("{} by {}", r.label, r.method)), html::escape(r.file));
    if (!r.sets.empty()) {
      page.body += "<div class=\"charts\">\n";
      page.figure(
          chart_of_sets(r),
          "A probe on the first neurons of the ranking, on as many random ones (band: least to most), and on "
          "labels without meaning (control task).");
      page.body += "</div>\n";
      if (r.smallest > 0)
        page.body += fmt::format("<p>The first {} neurons keep {} of the accuracy of all.</p>\n",
                                 html::count(static_cast<std::int64_t>(r.smallest)), html::percent(r.keep));
    }
    if (!r.concepts.empty()) page.body += html::table(table_of_concepts(r));
  }
  for (const CodeFindings& c : methods.codes) {
    page.body += fmt::format(
        "<h3>Description length of {} <span class=\"muted\">{}</span></h3>\n<div class=\"charts\">\n",
        html::escape(c.label), html::escape(c.file));
    page.figure(chart_of_code(c),
                "How fast a probe of each site learns: accuracy on tokens it has not seen, by the "
                "tokens it was trained on.");
    page.body += "</div>\n" + html::table(table_of_code(c));
  }
  page.body += "</section>\n";
}

}  // namespace neurox
