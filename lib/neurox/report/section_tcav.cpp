#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kSignificant = 0.05;
constexpr std::size_t kMostTcavCharts = 12;

bool is_significant(const TcavRow& r) {
  return r.p_corrected < kSignificant && !r.at_chance;
}

/// Distinct values of a member, in their order.
std::vector<std::string> distinct(const TcavScores& t, std::string TcavRow::*member) {
  std::vector<std::string> out;
  for (const TcavRow& r : t.rows)
    if (std::find(out.begin(), out.end(), r.*member) == out.end()) out.push_back(r.*member);
  return out;
}

std::string p_in_words(const TcavScores& t, const TcavRow& r) {
  if (r.at_chance)
    return fmt::format("vectors at chance on held-out examples ({} of {} by guessing): says nothing",
                       html::percent(r.accuracy), html::percent(r.chance));
  return fmt::format("p {}, corrected{} {}", html::number(r.p),
                     t.correction.empty() ? "" : fmt::format(" ({})", t.correction),
                     html::number(r.p_corrected));
}

/// Which rows a picture shows: of these sites, and of one class; of all classes where that is empty.
struct TcavPicture {
  std::vector<std::string> sites;
  std::string of_class;
  bool shows(const TcavRow& r) const {
    return (of_class.empty() || r.class_name == of_class) &&
           std::find(sites.begin(), sites.end(), r.site) != sites.end();
  }
};

/// For each class the sites of one sort after the other (resid_post, mlp_post); of a single site all classes.
std::vector<TcavPicture> pictures_of(const TcavScores& t) {
  const std::vector<std::string> sites = distinct(t, &TcavRow::site);
  if (sites.size() == 1) return {{sites, {}}};
  std::vector<std::pair<std::string, std::vector<std::string>>> sorts;
  for (const std::string& site : sites) {
    const std::string name = short_site(site), sort = name.substr(0, name.find('@'));
    auto it = std::find_if(sorts.begin(), sorts.end(), [&](const auto& s) { return s.first == sort; });
    // Modules of a TorchScript file have a name each: they share one picture.
    if (it == sorts.end() && name == sort && !sorts.empty()) it = sorts.begin();
    if (it == sorts.end()) it = sorts.insert(sorts.end(), {sort, {}});
    it->second.push_back(site);
  }
  std::vector<TcavPicture> out;
  for (const std::string& name : distinct(t, &TcavRow::class_name))
    for (const auto& [sort, of_sort] : sorts) out.push_back({of_sort, name});
  return out;
}

Json point_of(const TcavScores& t, const TcavRow& r, const std::string& x) {
  Json p = {
      {"x", x},
      {"y", r.score},
      {"tip", fmt::format("{}, {}, class {}: {} ({} to {}); random {} ± {}; {}", r.concept_name, r.site,
                          r.class_name, html::percent(r.score), html::percent(r.low), html::percent(r.high),
                          html::percent(r.random_score), html::percent(r.random_sd), p_in_words(t, r))}};
  if (std::isfinite(r.low) && std::isfinite(r.high))
    p["lo"] = std::max(0.0, r.low), p["hi"] = std::min(1.0, r.high);
  if (std::isfinite(r.random_score)) {
    const double sd = std::isfinite(r.random_sd) ? r.random_sd : 0;
    p["level"] = r.random_score;
    p["level_lo"] = std::max(0.0, r.random_score - sd);
    p["level_hi"] = std::min(1.0, r.random_score + sd);
  }
  if (is_significant(r)) p["mark"] = "*";
  if (r.at_chance) p["mark"] = "?", p["pale"] = true;
  return p;
}

/// A bar for each concept at each site, or of each class.
Json bars_of(const TcavScores& t, const TcavPicture& picture, const std::string& title) {
  const SiteLabels labels = site_labels(picture.sites);
  const bool by_class = picture.of_class.empty();
  Json series = Json::array();
  for (const std::string& name : distinct(t, &TcavRow::concept_name)) {
    Json points = Json::array();
    for (const TcavRow& r : t.rows) {
      if (r.concept_name != name || !picture.shows(r) || !std::isfinite(r.score)) continue;
      const auto site = std::find(picture.sites.begin(), picture.sites.end(), r.site) - picture.sites.begin();
      points.push_back(
          point_of(t, r, by_class ? r.class_name : labels.names[static_cast<std::size_t>(site)]));
    }
    series.push_back({{"name", name}, {"points", std::move(points)}});
  }
  return {
      {"kind", "bars"},
      {"title", title},
      {"x", by_class ? Json{{"title", "class"}, {"domain", distinct(t, &TcavRow::class_name)}}
                     : Json{{"title", labels.title}, {"domain", labels.names}}},
      {"y",
       {{"title", "TCAV score"}, {"format", ".0%"}, {"domain", {0, 1.09}}, {"ticks", {0, .25, .5, .75, 1}}}},
      {"series", std::move(series)}};
}

html::Table table_of_scores(const TcavScores& t) {
  html::Table table{fmt::format("{}: scores", t.file),
                    {{"concept", false},
                     {"site", false},
                     {"class", false},
                     {"score"},
                     {"95 % interval"},
                     {"random ± sd"},
                     {"magnitude"},
                     {"accuracy (by guessing)"},
                     {"p"},
                     {"p corrected"},
                     {"p of magnitude"},
                     {"differs from random", false}},
                    {}};
  for (const TcavRow& r : t.rows)
    table.rows.push_back({r.concept_name, short_site(r.site), r.class_name, html::percent(r.score),
                          fmt::format("{} to {}", html::percent(r.low), html::percent(r.high)),
                          fmt::format("{} ± {}", html::percent(r.random_score), html::percent(r.random_sd)),
                          html::number(r.magnitude),
                          fmt::format("{} ({})", html::percent(r.accuracy), html::percent(r.chance)),
                          html::number(r.p), html::number(r.p_corrected), html::number(r.magnitude_p),
                          r.at_chance         ? "vectors at chance"
                          : is_significant(r) ? "yes"
                                              : "no"});
  return table;
}

/// How many rows differ from random vectors, and how many say nothing.
std::string verdict(const TcavScores& t) {
  const auto n = t.rows.size();
  const auto differ = std::count_if(t.rows.begin(), t.rows.end(), is_significant);
  const auto nothing =
      std::count_if(t.rows.begin(), t.rows.end(), [](const TcavRow& r) { return r.at_chance; });
  std::string out = fmt::format("{} of {} scores differ from those of random vectors (corrected p < {}).",
                                differ, n, kSignificant);
  if (nothing > 0)
    out += fmt::format(
        " {} of {} say nothing: their vectors tell held-out examples apart no better than guessing.", nothing,
        n);
  return out;
}

}  // namespace

void section_tcav(Page& page, const ReportData& data) {
  if (data.methods.tcav.empty()) return;
  page.body +=
      "<section id=\"tcav\">\n<h2>Does a class depend on a concept</h2>\n<p>The score is the share of "
      "sentences for which the class grows along the concept’s vector; 50 % is no direction. Random vectors "
      "score anything where all sentences share their gradient, so each bar is held against theirs.</p>\n";
  for (const TcavScores& t : data.methods.tcav) {
    page.body += fmt::format("<h3>{}</h3>\n<p>{}</p>\n<div class=\"charts\">\n", html::escape(t.file),
                             html::escape(verdict(t)));
    const std::string caption =
        "Whiskers: 95 % interval of the mean over runs. Grey boxes: random vectors, mean ± one standard "
        "deviation. * differs from random, corrected p < 0.05. Pale with ?: vectors at chance, the score "
        "says nothing.";
    const std::vector<TcavPicture> pictures = pictures_of(t);
    const std::vector<std::string> concepts = distinct(t, &TcavRow::concept_name);
    for (std::size_t i = 0; i < pictures.size() && i < kMostTcavCharts; ++i) {
      const TcavPicture& p = pictures[i];
      const std::string of =
          p.of_class.empty() ? short_site(p.sites[0]) : fmt::format("class {}", p.of_class);
      page.figure(bars_of(t, p, fmt::format("TCAV scores, {}", of)),
                  fmt::format("Scores of {}{}. {}", of,
                              concepts.size() == 1 ? ", concept " + concepts[0] : "", i == 0 ? caption : ""));
    }
    page.body += "</div>\n";
    if (pictures.size() > kMostTcavCharts)
      page.body += fmt::format(
          "<p class=\"muted\">The first {} of {} pictures (classes and sorts of site); the table has "
          "all.</p>\n",
          kMostTcavCharts, pictures.size());
    if (!t.rows.empty())
      page.body += fmt::format(
          "<p class=\"muted\">{} vectors of a concept, {} random ones, {} sentences.</p>\n",
          html::count(t.rows[0].runs), html::count(t.rows[0].random_runs), html::count(t.rows[0].sentences));
    page.body += html::folded("The same as numbers", table_of_scores(t));
  }
  page.body += "</section>\n";
}

}  // namespace neurox
