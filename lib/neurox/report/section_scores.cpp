#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

/// How each ranking's scores lie, how many neurons pass a bound, and what a probe on the first neurons beats.
namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

Json chart_of_scores(const ScoreFindings& s) {
  Json domain = Json::array(), points = Json::array(), dots = Json::array();
  for (const ConceptScores& c : s.concepts) {
    // What joins the classes' scores is often of another scale.
    if (c.concept_name == "overall" && s.concepts.size() > 1) continue;
    const BoxFigures& b = c.box;
    domain.push_back(c.concept_name);
    points.push_back(
        {{"x", c.concept_name},
         {"low", b.low},
         {"lower", b.lower},
         {"median", b.median},
         {"upper", b.upper},
         {"high", b.high},
         {"tip", fmt::format("{}: median {}, quartiles {} and {}, whiskers {} and {}", c.concept_name,
                             html::number(b.median), html::number(b.lower), html::number(b.upper),
                             html::number(b.low), html::number(b.high))}});
    for (const auto& [address, score] : c.best)
      if (std::isfinite(score))
        dots.push_back({{"x", c.concept_name},
                        {"y", score},
                        {"tip", fmt::format("{}: {}, {}", c.concept_name, address, html::number(score))}});
  }
  return {{"kind", "boxes"},
          {"title", fmt::format("Scores of {} by {}", s.label, s.method)},
          {"x", {{"title", s.label}, {"domain", std::move(domain)}}},
          {"y", {{"title", s.method}}},
          {"series",
           Json::array({{{"name", s.method}, {"points", std::move(points)}, {"dots", std::move(dots)}}})}};
}

/// Of the first bound alone: others are in the file.
void chart_of_experts(Page& page, const ScoreFindings& s) {
  if (s.experts.empty()) return;
  const double bound = s.experts.front().bound;
  Json sites = Json::array(), concepts = Json::array(), cells = Json::array();
  std::set<std::string> seen_sites, seen_concepts;
  for (const ExpertShare& e : s.experts) {
    if (e.bound != bound) continue;
    if (seen_sites.insert(e.site).second) sites.push_back(short_site(e.site));
    if (seen_concepts.insert(e.concept_name).second) concepts.push_back(e.concept_name);
    cells.push_back(
        {{"x", short_site(e.site)},
         {"y", e.concept_name},
         {"v", e.share},
         {"t", html::percent(e.share)},
         {"tip", fmt::format("{} at {}: {} neurons ({})", e.concept_name, e.site,
                             html::count(static_cast<std::int64_t>(e.neurons)), html::percent(e.share))}});
  }
  if (std::none_of(cells.begin(), cells.end(), [](const Json& c) { return c["v"] > 0; })) {
    page.body += fmt::format("<p class=\"muted\">No neuron’s {} is {} or more ({}).</p>\n",
                             html::escape(s.method), html::number(bound), html::escape(s.file));
    return;
  }
  page.figure({{"kind", "heat"},
               {"title", fmt::format("Share of neurons of {} or more", html::number(bound))},
               {"x", {{"title", "site"}, {"domain", std::move(sites)}}},
               {"y", {{"title", s.label}, {"domain", std::move(concepts)}}},
               {"values", std::move(cells)},
               {"legend", "share of the site"},
               {"format", ".2~%"}},
              fmt::format("Experts: neurons whose {} is {} or more, as a share of their site.", s.method,
                          html::number(bound)));
}

html::Table table_of_margins(const std::vector<const ScoreFindings*>& rankings) {
  html::Table t{"A probe on the first neurons of each ranking, and what it has to beat (accuracy)",
                {{"ranking", false}, {"neurons"}, {"accuracy"}},
                {}};
  std::vector<std::string> names;
  for (const ScoreFindings* s : rankings)
    for (const auto& [name, accuracy] : s->baselines)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  for (const std::string& name : names) t.columns.push_back({name});
  t.columns.push_back({"beats all", false});
  for (const ScoreFindings* s : rankings) {
    std::vector<std::string> row{fmt::format("{} by {}", s->label, s->method),
                                 html::count(static_cast<std::int64_t>(s->neurons)),
                                 html::percent(s->accuracy)};
    bool beats = true;
    for (const std::string& name : names) {
      const auto at = std::find_if(s->baselines.begin(), s->baselines.end(),
                                   [&](const auto& b) { return b.first == name; });
      row.push_back(at == s->baselines.end() ? "" : html::percent(at->second));
      beats = beats && (at == s->baselines.end() || s->accuracy > at->second);
    }
    row.emplace_back(beats ? "yes" : "no");
    t.rows.push_back(std::move(row));
  }
  return t;
}

}  // namespace

void section_scores(Page& page, const ReportData& data) {
  const std::vector<ScoreFindings>& scores = data.methods.scores;
  if (scores.empty()) return;
  page.body +=
      "<section id=\"scores\">\n<h2>How scores lie</h2>\n<p>Boxes hold the middle half of all neurons, "
      "whiskers "
      "reach to the outermost within one and a half times its width; dots are the three best.</p>\n<div "
      "class=\"charts\">\n";
  for (const ScoreFindings& s : scores) {
    page.body += "<div>";
    page.figure(chart_of_scores(s), fmt::format("{}.", s.file));
    page.body += "</div>\n";
    if (s.experts.empty()) continue;
    page.body += "<div>";
    chart_of_experts(page, s);
    page.body += "</div>\n";
  }
  page.body += "</div>\n";
  std::vector<const ScoreFindings*> with_margins;
  for (const ScoreFindings& s : scores)
    if (!s.baselines.empty()) with_margins.push_back(&s);
  if (!with_margins.empty()) page.body += html::table(table_of_margins(with_margins));
  page.body += "</section>\n";
}

}  // namespace neurox
