#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "neurox/report/ablation_curves.h"
#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;
using html::count;
using html::number;
using html::percent;

std::string value(const std::string& measure, double v) {
  return is_share(measure) ? percent(v) : number(v);
}

std::string target_in_words(const std::string& target) {
  if (target == "model") return "in the running model";
  if (target == "matrix") return "in the activation matrix only";
  return target;
}

/// Whether the curves differ in what a legend must then say.
struct Told {
  bool ranking = false, operation = false;
};

Told what_differs(const std::vector<Curve>& curves) {
  std::set<std::string> rankings, operations;
  for (const Curve& c : curves) {
    if (!c.ranking.empty()) rankings.insert(c.ranking);
    if (!c.operation.empty()) operations.insert(c.operation);
  }
  return {rankings.size() > 1, operations.size() > 1};
}

std::string curve_name(const Curve& c, const Told& told) {
  std::string out = c.group;
  if (told.ranking && !c.ranking.empty()) out += " of " + c.ranking;
  if (told.operation) out += ", " + c.operation;
  return out;
}

html::Table numbers(const CurveSet& set) {
  html::Table t{fmt::format("{}, {}", measure_title(set.measure), target_in_words(set.target)),
                {{"neurons", false},
                 {"ranking", false},
                 {"operation", false},
                 {"share"},
                 {"count"},
                 {"draws"},
                 {"mean"},
                 {"sd"},
                 {"least"},
                 {"most"}},
                {}};
  if (!std::isnan(set.baseline))
    t.rows.push_back(
        {"none", "", "", html::round_percent(0), "0", "", value(set.measure, set.baseline), "", "", ""});
  for (const Curve& c : set.curves)
    for (const CurvePoint& p : c.points)
      t.rows.push_back({c.keep ? "all but " + c.group : c.group, c.ranking, c.operation,
                        html::round_percent(p.share), count(p.count), count(p.draws),
                        value(set.measure, p.mean), p.draws > 1 ? value(set.measure, p.sd) : "",
                        value(set.measure, p.min), value(set.measure, p.max)});
  return t;
}

void chart_of_curves(Page& page, const AblationFindings& a, const CurveSet& set, bool keep) {
  std::vector<Curve> curves;
  for (const Curve& c : set.curves)
    if (c.keep == keep) curves.push_back(c);
  if (curves.empty()) return;
  const Told told = what_differs(curves);
  Json series = Json::array(), rules = Json::array();
  std::vector<std::string> rankings;
  std::set<double> shares;
  for (const Curve& c : curves) {
    if (std::find(rankings.begin(), rankings.end(), c.ranking) == rankings.end())
      rankings.push_back(c.ranking);
    const auto dash =
        static_cast<int>(std::find(rankings.begin(), rankings.end(), c.ranking) - rankings.begin());
    Json points = Json::array();
    if (!keep && !std::isnan(set.baseline))
      points.push_back({{"x", 0},
                        {"y", set.baseline},
                        {"tip", fmt::format("nothing ablated: {}", value(set.measure, set.baseline))}});
    for (const CurvePoint& p : c.points) {
      shares.insert(p.share);
      Json point{{"x", p.share}, {"y", p.mean}};
      std::string tip =
          fmt::format("{}, {} {} ({} neurons): {}", curve_name(c, told), keep ? "kept" : "ablated",
                      html::round_percent(p.share), count(p.count), value(set.measure, p.mean));
      if (p.draws > 1) {
        point["lo"] = p.mean - p.sd;
        point["hi"] = p.mean + p.sd;
        tip += fmt::format(" ± {} over {} draws", value(set.measure, p.sd), p.draws);
      }
      point["tip"] = tip;
      points.push_back(std::move(point));
    }
    series.push_back({{"name", curve_name(c, told)},
                      {"role", told.operation ? "" : c.group},
                      {"dash", dash},
                      {"shape", c.group == "top"      ? 0
                                : c.group == "bottom" ? 1
                                                      : 2},
                      {"points", std::move(points)}});
  }
  if (!std::isnan(set.baseline)) rules.push_back({{"name", "nothing ablated"}, {"y", set.baseline}});
  // Small shares matter most: their distances are widened.
  const double least = shares.empty() ? 1 : *shares.begin(), most = shares.empty() ? 1 : *shares.rbegin();
  Json x{{"title", fmt::format("share of neurons {} ({})", keep ? "kept, all others ablated" : "ablated",
                               a.model.empty() ? "the model" : a.model)},
         {"type", "linear"},
         {"format", ".2~p"}};
  if (least > 0 && most / least > 8) x["scale"] = "sqrt";
  Json ticks = Json::array();
  if (!keep) ticks.push_back(0);
  for (const double s : shares) ticks.push_back(s);
  if (ticks.size() <= 9) x["ticks"] = ticks;
  page.figure(
      {{"kind", "lines"},
       {"title", fmt::format("{} {} with {} neurons, {}", measure_title(set.measure),
                             target_in_words(set.target), keep ? "only these" : "ablated", a.model)},
       {"x", x},
       {"y",
        {{"title", measure_title(set.measure)},
         {"zero", is_share(set.measure)},
         {"format", is_share(set.measure) ? ".3~p" : "~r"}}},
       {"series", std::move(series)},
       {"rules", std::move(rules)}},
      fmt::format(
          "{}{}; bands are ± one standard deviation over random draws.{}",
          target_in_words(set.target).empty() ? "Measured" : "Measured " + target_in_words(set.target),
          keep ? ", all neurons but these ablated" : "", x.contains("scale") ? " Square-root axis." : ""));
}

/// What each class loses under each condition.
void chart_of_classes(Page& page, const AblationFindings& a) {
  const std::vector<std::string> classes = ablated_classes(a);
  if (classes.empty()) return;
  std::vector<std::string> columns;
  Json cells = Json::array();
  std::string measure, target;
  html::Table t{"Change by class", {{"class", false}, {"nothing ablated"}}, {}};
  for (const std::string& name : classes) {
    const std::vector<CurveSet> sets = ablation_curves(a, name);
    if (sets.empty() || std::isnan(sets[0].baseline)) continue;
    const CurveSet& set = sets[0];
    measure = set.measure, target = set.target;
    t.rows.push_back({name, value(measure, set.baseline)});
    const Told told = what_differs(set.curves);
    for (const Curve& c : set.curves)
      for (const CurvePoint& p : c.points) {
        const std::string column = fmt::format("{}{} {}", c.keep ? "all but " : "", curve_name(c, told),
                                               html::round_percent(p.share));
        if (std::find(columns.begin(), columns.end(), column) == columns.end())
          columns.push_back(column), t.columns.push_back({column});
        const double change = p.mean - set.baseline;
        const std::string text =
            is_share(measure) ? fmt::format("{:+.0f}", change * 100) : fmt::format("{:+.2g}", change);
        t.rows.back().push_back(value(measure, p.mean));
        cells.push_back({{"x", column},
                         {"y", name},
                         {"v", change},
                         {"t", text == "-0" || text == "+0" ? "0" : text},
                         {"tip", fmt::format("{}, {}: {} instead of {}", name, column, value(measure, p.mean),
                                             value(measure, set.baseline))}});
      }
  }
  if (cells.empty()) return;
  t.caption = fmt::format("{} by class, {}", measure_title(measure), target_in_words(target));
  if (classes.size() <= 60 && columns.size() <= 60)
    page.figure({{"kind", "heat"},
                 {"title", fmt::format("Change of {} by class, {}", measure_title(measure), a.model)},
                 {"x", {{"title", "ablated neurons"}, {"domain", columns}}},
                 {"y", {{"title", "class"}, {"domain", classes}}},
                 {"values", std::move(cells)},
                 {"diverging", true},
                 {"legend", fmt::format("change of {}", measure_title(measure))},
                 {"format", is_share(measure) ? "+.0%" : "+~g"}},
                fmt::format("Change against nothing ablated, {}{}.",
                            is_share(measure) ? "in percentage points, " : "", target_in_words(target)));
  page.body += html::folded("By class as numbers", t);
}

/// Conditions that are no point of a curve: single neurons and lists.
void table_of_lists(Page& page, const AblationFindings& a) {
  std::vector<const AblationRow*> rows;
  for (const AblationRow& r : a.rows)
    if (r.class_name.empty() && r.group != "none" &&
        (r.group == "list" || r.group == "neuron" || std::isnan(r.share)))
      rows.push_back(&r);
  if (rows.empty()) return;
  html::Table t{"Lists and single neurons",
                {{"neurons", false}, {"operation", false}, {"measured", false}, {"count"}},
                {}};
  for (const std::string& m : a.measures) t.columns.push_back({measure_title(m)});
  constexpr std::size_t kMostRows = 500;
  for (std::size_t i = 0; i < std::min(kMostRows, rows.size()); ++i) {
    const AblationRow& r = *rows[i];
    t.rows.push_back({fmt::format("{}{}", r.keep ? "all but " : "", r.ranking.empty() ? r.group : r.ranking),
                      r.operation, r.target, count(r.count)});
    for (std::size_t m = 0; m < a.measures.size(); ++m)
      t.rows.back().push_back(m < r.values.size() ? value(a.measures[m], r.values[m]) : "");
  }
  page.body += html::folded("Lists and single neurons", t);
  if (rows.size() > kMostRows)
    page.body += fmt::format("<p class=\"muted\">The first {} of {} are shown; the file holds all.</p>\n",
                             kMostRows, rows.size());
}

}  // namespace

void section_ablation(Page& page, const ReportData& data) {
  if (data.ablations.empty() && !data.hints) return;
  page.body += "<section id=\"ablation\">\n<h2>What is lost without them</h2>\n";
  if (data.ablations.empty())
    page.body +=
        missing("No ablation was given, so nothing is said about whether the model uses these neurons.",
                "neurox ablate MODEL dev.conllu --ranking LABEL.rank.h5ad --probe LABEL.probe.h5ad --top "
                "1%,5%,20% --random 10 -o LABEL.ablate.h5ad");
  for (const AblationFindings& a : data.ablations) {
    page.body += fmt::format("<h3>{} <span class=\"muted\">{}</span></h3>\n<div class=\"charts\">\n",
                             html::escape(a.model.empty() ? "Ablation" : a.model), html::escape(a.file));
    for (const CurveSet& set : ablation_curves(a)) {
      // Drops repeat what their measure shows.
      if (set.measure.ends_with("_drop")) continue;
      page.body += "<div>";
      chart_of_curves(page, a, set, false);
      chart_of_curves(page, a, set, true);
      page.body += html::folded("These conditions as numbers", numbers(set)) + "</div>\n";
    }
    page.body += "</div>\n";
    dose_charts(page, a);
    written_texts(page, a);
    chart_of_classes(page, a);
    table_of_lists(page, a);
  }
  page.body += "</section>\n";
}

}  // namespace neurox
