#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "neurox/core/site.h"
#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;
using html::count;
using html::percent;

/// Where a site stands on the axis of blocks, and the line it belongs to.
struct Place {
  std::string line, at;
};

/// The residual stream before block 0 is the embeddings: it begins the line of resid_post, since what block l
/// + 1 receives is what block l returns.
std::vector<Place> places(const std::vector<SiteScore>& sites) {
  std::vector<Place> out;
  bool residual = false;
  for (const SiteScore& s : sites) residual = residual || s.site.ends_with(".hook_resid_post");
  for (const SiteScore& s : sites) {
    const auto site = parse_site(s.site);
    if (!site) {
      out.push_back({"accuracy", s.site});
      continue;
    }
    const std::string shorter = short_site(s.site);
    const std::string kind = shorter.substr(0, shorter.find('@'));
    if (site->kind == SiteKind::ResidPre && site->block == 0 && residual)
      out.push_back({"resid_post", "embeddings"});
    else if (site->block < 0)
      out.push_back({kind, "final"});
    else
      out.push_back({kind, std::to_string(site->block)});
  }
  return out;
}

std::vector<std::string> axis_of_places(const std::vector<SiteScore>& sites,
                                        const std::vector<Place>& where) {
  std::vector<std::size_t> order(sites.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t i) {
    if (where[i].at == "embeddings") return -1;
    return where[i].at == "final" ? 1 << 20 : sites[i].block;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  std::vector<std::string> out;
  for (const std::size_t i : order)
    if (std::find(out.begin(), out.end(), where[i].at) == out.end()) out.push_back(where[i].at);
  return out;
}

/// One line of a chart per kind of site, of one score.
void add_lines(Json& series, const ProbeFindings& p, const std::vector<Place>& where,
               const std::vector<std::string>& axis, double SiteScore::*score, const std::string& name,
               const Json& style) {
  std::vector<std::string> lines;
  for (const Place& w : where)
    if (std::find(lines.begin(), lines.end(), w.line) == lines.end()) lines.push_back(w.line);
  int dash = 0;
  for (const std::string& line : lines) {
    Json points = Json::array();
    for (const std::string& at : axis)
      for (std::size_t i = 0; i < where.size(); ++i)
        if (where[i].line == line && where[i].at == at && !std::isnan(p.sites[i].*score))
          points.push_back(
              {{"x", at},
               {"y", p.sites[i].*score},
               {"tip", fmt::format("{}: {} {}", p.sites[i].site, name, percent(p.sites[i].*score))}});
    if (points.empty()) continue;
    Json s = style;
    s["name"] = lines.size() == 1 ? name : style.contains("role") ? fmt::format("{}, {}", name, line) : line;
    s["dash"] = style.contains("role") ? dash : 0;
    s["points"] = std::move(points);
    series.push_back(std::move(s));
    ++dash;
  }
}

void charts_by_site(Page& page, const ProbeFindings& p) {
  const std::vector<Place> where = places(p.sites);
  const std::vector<std::string> axis = axis_of_places(p.sites, where);
  const std::string subject = label_of_model(p.label, p.model);
  const std::string x_title = where.empty() || where[0].line == "accuracy"
                                  ? "site"
                                  : "block of " + (p.model.empty() ? "the model" : p.model);
  const std::string of = p.unit.empty() ? "" : fmt::format(" of {}s", p.unit);

  Json series = Json::array(), rules = Json::array();
  add_lines(series, p, where, axis, &SiteScore::accuracy, "accuracy", Json::object());
  double lowest = 1;
  for (const SiteScore& s : p.sites)
    if (!std::isnan(s.accuracy)) lowest = std::min(lowest, s.accuracy);
  // A baseline far below would press the lines together; the chart beside begins at 0 and shows both.
  if (!std::isnan(p.word_majority))
    rules.push_back({{"name", "each word's commonest class"}, {"y", p.word_majority}});
  if (!std::isnan(p.all.accuracy) && p.sites.size() > 1)
    rules.push_back({{"name", "all sites together"}, {"y", p.all.accuracy}});
  page.body += "<div class=\"charts\">\n";
  page.figure({{"kind", "lines"},
               {"title", fmt::format("Probe accuracy on {} by site", subject)},
               {"x", {{"title", x_title}, {"type", "point"}, {"domain", axis}}},
               {"y", {{"title", fmt::format("accuracy on {}{}", p.label, of)}, {"format", ".1~%"}}},
               {"series", series},
               {"rules", rules}},
              fmt::format("Accuracy of a probe of each site alone. The axis does not begin at 0. {}",
                          where.empty() || where[0].line == "accuracy"
                              ? ""
                              : "“Embeddings” is the residual stream that block 0 receives."));

  Json both = Json::array();
  rules = Json::array();
  add_lines(both, p, where, axis, &SiteScore::accuracy, "accuracy", {{"role", "main"}});
  add_lines(both, p, where, axis, &SiteScore::control_accuracy, "control task", {{"role", "control"}});
  add_lines(both, p, where, axis, &SiteScore::selectivity, "selectivity", {{"role", "selectivity"}});
  if (!std::isnan(p.majority)) rules.push_back({{"name", "commonest class"}, {"y", p.majority}});
  if (!std::isnan(p.word_majority))
    rules.push_back({{"name", "each word's commonest class"}, {"y", p.word_majority}, {"below", true}});
  page.figure({{"kind", "lines"},
               {"title", fmt::format("Accuracy, control task and selectivity on {} by site", subject)},
               {"x", {{"title", x_title}, {"type", "point"}, {"domain", axis}}},
               {"y", {{"title", fmt::format("share{}", of)}, {"format", ".0%"}, {"domain", {0, 1}}}},
               {"series", both},
               {"rules", rules}},
              "The same against its baselines. Control task: every word type has a class drawn at random, "
              "which only memory of words can "
              "learn; selectivity is accuracy less control accuracy.");
  page.body += "</div>\n";

  html::Table t{
      fmt::format("{}: accuracy by site", subject),
      {{"site", false}, {"neurons"}, {"accuracy"}, {"macro F1"}, {"control accuracy"}, {"selectivity"}},
      {}};
  const auto row = [&](const SiteScore& s) {
    t.rows.push_back({s.site, count(s.neurons), percent(s.accuracy), percent(s.macro_f1),
                      percent(s.control_accuracy), percent(s.selectivity)});
  };
  for (const SiteScore& s : p.sites) row(s);
  if (!p.all.site.empty()) row(p.all);
  t.rows.push_back({"baseline: commonest class", "", percent(p.majority), "", "", ""});
  t.rows.push_back({"baseline: each word's commonest class", "", percent(p.word_majority), "", "", ""});
  page.body += html::folded("Accuracy by site as numbers", t);
}

void chart_by_class(Page& page, const ProbeFindings& p) {
  if (p.classes.empty()) return;
  std::vector<ClassScore> classes = p.classes;
  std::stable_sort(classes.begin(), classes.end(),
                   [](const ClassScore& a, const ClassScore& b) { return a.count > b.count; });
  const std::string subject = label_of_model(p.label, p.model);
  Json names = Json::array(), series = Json::array();
  for (const ClassScore& c : classes) names.push_back(c.name);
  const auto add = [&](const std::string& name, double ClassScore::*score) {
    Json points = Json::array();
    for (const ClassScore& c : classes)
      if (!std::isnan(c.*score))
        points.push_back({{"x", c.*score},
                          {"y", c.name},
                          {"tip", fmt::format("{}: {} {}, {} in the data", c.name, name, percent(c.*score),
                                              count(c.count))}});
    series.push_back({{"name", name}, {"points", std::move(points)}});
  };
  add("precision", &ClassScore::precision);
  add("recall", &ClassScore::recall);
  add("F1", &ClassScore::f1);
  double lowest = 1;
  for (const ClassScore& c : classes)
    for (const double s : {c.precision, c.recall, c.f1})
      if (!std::isnan(s)) lowest = std::min(lowest, s);
  page.figure({{"kind", "dots"},
               {"title", fmt::format("Precision, recall and F1 by class, {}", subject)},
               {"x",
                {{"title", "score of the probe on all sites"},
                 {"format", ".0%"},
                 {"domain", {std::floor(lowest * 10) / 10, 1}}}},
               {"y", {{"title", p.label}, {"domain", names}}},
               {"series", series}},
              "Scores of each class, the commonest class on top.");
  html::Table t{fmt::format("{}: scores by class", subject),
                {{"class", false}, {"count"}, {"precision"}, {"recall"}, {"F1"}},
                {}};
  for (const ClassScore& c : classes)
    t.rows.push_back({c.name, count(c.count), percent(c.precision), percent(c.recall), percent(c.f1)});
  page.body += html::folded("Scores by class as numbers", t);
}

void chart_of_confusion(Page& page, const ProbeFindings& p) {
  const auto n = static_cast<Index>(p.confusion_classes.size());
  if (n == 0 || p.confusion.rows() != n || p.confusion.cols() != n) return;
  const std::string subject = label_of_model(p.label, p.model);
  std::vector<std::pair<Index, Index>> wrong;
  Json cells = Json::array();
  for (Index g = 0; g < n; ++g) {
    const double total = p.confusion.row(g).sum();
    for (Index k = 0; k < n; ++k) {
      const double c = p.confusion(g, k), share = total > 0 ? c / total : 0;
      if (g != k && c > 0) wrong.emplace_back(g, k);
      const std::string& gold = p.confusion_classes[static_cast<std::size_t>(g)];
      const std::string& said = p.confusion_classes[static_cast<std::size_t>(k)];
      cells.push_back({{"x", said},
                       {"y", gold},
                       {"v", share},
                       {"t", share > 0 && share < 0.005 ? "·"
                             : share == 0               ? ""
                                                        : fmt::format("{:.0f}", share * 100)},
                       {"tip", fmt::format("{} said to be {}: {} of {} ({})", gold, said,
                                           count(static_cast<std::int64_t>(c)),
                                           count(static_cast<std::int64_t>(total)), percent(share))}});
    }
  }
  constexpr Index kMostDrawn = 40;
  if (n <= kMostDrawn)
    page.figure({{"kind", "heat"},
                 {"title", fmt::format("Confusion between classes, {}", subject)},
                 {"x", {{"title", "class predicted"}, {"domain", p.confusion_classes}}},
                 {"y", {{"title", "class in the data"}, {"domain", p.confusion_classes}}},
                 {"values", std::move(cells)},
                 {"legend", "share of the row"},
                 {"format", ".0%"}},
                "Each row adds up to 100 %.");
  std::stable_sort(wrong.begin(), wrong.end(), [&](auto a, auto b) {
    return p.confusion(a.first, a.second) > p.confusion(b.first, b.second);
  });
  wrong.resize(std::min<std::size_t>(wrong.size(), 25));
  html::Table t{fmt::format("{}: commonest confusions", subject),
                {{"class in the data", false}, {"predicted", false}, {"count"}, {"share of the class"}},
                {}};
  for (const auto& [g, k] : wrong)
    t.rows.push_back({p.confusion_classes[static_cast<std::size_t>(g)],
                      p.confusion_classes[static_cast<std::size_t>(k)],
                      count(static_cast<std::int64_t>(p.confusion(g, k))),
                      percent(p.confusion(g, k) / p.confusion.row(g).sum())});
  page.body += html::folded("Commonest confusions as numbers", t);
}

}  // namespace

void section_layers(Page& page, const ReportData& data) {
  if (data.probes.empty() && !data.hints) return;
  page.body += "<section id=\"layers\">\n<h2>What the sites know</h2>\n";
  if (data.probes.empty())
    page.body += missing("No probe was given, so nothing is said about accuracy by site.",
                         "neurox probe train.h5ad --label LABEL --eval dev.h5ad -o LABEL.probe.h5ad");
  for (const ProbeFindings& p : data.probes) {
    page.body += fmt::format("<h3>{} <span class=\"muted\">{}</span></h3>\n",
                             html::escape(label_of_model(p.label, p.model)), html::escape(p.file));
    if (!p.evaluated_on.empty())
      page.body += fmt::format("<p class=\"muted\">Scores are of {}.</p>\n", html::escape(p.evaluated_on));
    if (!p.sites.empty()) charts_by_site(page, p);
    page.body += "<div class=\"charts\">\n<div>";
    chart_by_class(page, p);
    page.body += "</div>\n<div>";
    chart_of_confusion(page, p);
    page.body += "</div>\n</div>\n";
    if (p.settings.empty()) continue;
    html::Table t{"Settings of the probe", {{"setting", false}, {"value", false}}, {}};
    for (const auto& [name, value] : p.settings) t.rows.push_back({name, value});
    page.body += html::folded("Settings of the probe", t);
  }
  page.body += "</section>\n";
}

}  // namespace neurox
