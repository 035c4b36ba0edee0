#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "neurox/report/ablation_curves.h"
#include "neurox/report/flat_measures.h"
#include "neurox/report/html.h"
#include "neurox/report/measure_axis.h"
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
  if (target == "text") return "on what is written";
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

/// Whether neurons were taken away, and not held, moved or exchanged.
bool is_removal(const std::string& operation) {
  return operation == "zero" || operation == "mean" || operation == "none" || operation.empty();
}

bool takes_away(const AblationFindings& a) {
  return std::all_of(a.rows.begin(), a.rows.end(),
                     [](const AblationRow& r) { return is_removal(r.operation); });
}

std::string heading_of(const ReportData& data) {
  const auto all = [&](auto&& holds) {
    return std::all_of(data.ablations.begin(), data.ablations.end(), holds);
  };
  if (all(takes_away)) return "What is lost without them";
  if (all([](const AblationFindings& a) { return !a.texts.empty(); }))
    return "What is written when they are edited";
  return "What changes when they are edited";
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
  const char* const done = takes_away(a) ? "ablated" : "edited";
  const std::string base = fmt::format("nothing {}", done);
  bool draws = false, has_random = false;
  Json series = Json::array(), rules = Json::array();
  std::vector<std::string> rankings;
  std::set<double> shares;
  std::vector<double> ys;
  if (!std::isnan(set.baseline)) ys.push_back(set.baseline);
  for (const Curve& c : curves) {
    if (std::find(rankings.begin(), rankings.end(), c.ranking) == rankings.end())
      rankings.push_back(c.ranking);
    const auto dash =
        static_cast<int>(std::find(rankings.begin(), rankings.end(), c.ranking) - rankings.begin());
    Json points = Json::array();
    if (!keep && !std::isnan(set.baseline))
      points.push_back({{"x", 0},
                        {"y", set.baseline},
                        {"tip", fmt::format("{}: {}", base, value(set.measure, set.baseline))}});
    for (const CurvePoint& p : c.points) {
      shares.insert(p.share);
      Json point{{"x", p.share}, {"y", p.mean}};
      ys.insert(ys.end(), {p.mean, p.mean - p.sd, p.mean + p.sd});
      std::string tip = fmt::format("{}, {} {} ({} neurons): {}", curve_name(c, told), keep ? "kept" : done,
                                    html::round_percent(p.share), count(p.count), value(set.measure, p.mean));
      has_random = has_random || c.group == "random";
      draws = draws || p.draws > 1;
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
  if (!std::isnan(set.baseline)) rules.push_back({{"name", base}, {"y", set.baseline}});
  // Small shares matter most: their distances are widened.
  const double least = shares.empty() ? 1 : *shares.begin(), most = shares.empty() ? 1 : *shares.rbegin();
  Json x{{"title", fmt::format("share of neurons {}{} ({})", keep ? "kept, all others " : "", done,
                               a.model.empty() ? "the model" : a.model)},
         {"type", "linear"},
         {"format", ".2~p"}};
  if (least > 0 && most / least > 8) x["scale"] = "sqrt";
  Json ticks = Json::array();
  if (!keep) ticks.push_back(0);
  for (const double s : shares) ticks.push_back(s);
  if (ticks.size() <= 9) x["ticks"] = ticks;
  const Json y = measure_axis(set.measure, ys);
  page.figure({{"kind", "lines"},
               {"title", fmt::format("{} {} with {} neurons, {}", measure_title(set.measure),
                                     target_in_words(set.target), keep ? "only these" : done, a.model)},
               {"x", x},
               {"y", y},
               {"series", std::move(series)},
               {"rules", std::move(rules)}},
              fmt::format("{}{}{}.{}{}",
                          target_in_words(set.target).empty() ? "Measured"
                                                              : "Measured " + target_in_words(set.target),
                          keep ? fmt::format(", all neurons but these {}", done) : "",
                          draws        ? "; bands are ± one standard deviation over random draws"
                          : has_random ? "; of random neurons one draw"
                                       : "",
                          x.contains("scale") ? " Square-root axis." : "",
                          y.contains("scale") ? " Logarithmic axis upwards." : ""));
}

std::size_t place_of(const AblationFindings& a, const std::string& measure) {
  return static_cast<std::size_t>(std::find(a.measures.begin(), a.measures.end(), measure) -
                                  a.measures.begin());
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
  page.body += fmt::format("<section id=\"ablation\">\n<h2>{}</h2>\n", heading_of(data));
  if (data.ablations.empty())
    page.body +=
        missing("No ablation was given, so nothing is said about whether the model uses these neurons.",
                "neurox ablate MODEL dev.conllu --ranking LABEL.rank.h5ad --probe LABEL.probe.h5ad --top "
                "1%,5%,20% --random 10 -o LABEL.ablate.h5ad");
  for (const AblationFindings& a : data.ablations) {
    page.body += fmt::format("<h3>{} <span class=\"muted\">{}</span></h3>\n<div class=\"charts\">\n",
                             html::escape(a.model.empty() ? "Ablation" : a.model), html::escape(a.file));
    const auto flat = flat_measures(a);
    for (const CurveSet& set : ablation_curves(a)) {
      // Drops repeat what their measure shows.
      if (set.measure.ends_with("_drop") || flat.contains({set.target, place_of(a, set.measure)})) continue;
      page.body += "<div>";
      chart_of_curves(page, a, set, false);
      chart_of_curves(page, a, set, true);
      page.body += html::folded("These conditions as numbers", numbers(set)) + "</div>\n";
    }
    page.body += "</div>\n";
    dose_charts(page, a);
    page.body += flat_measures_in_words(a);
    written_texts(page, a);
    change_by_class(page, a);
    table_of_lists(page, a);
  }
  page.body += "</section>\n";
}

}  // namespace neurox
