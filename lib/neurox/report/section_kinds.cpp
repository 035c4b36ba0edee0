#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;
using html::count;
using html::escape;
using html::number;

std::int64_t total(const KindFindings& k, const std::string& kind) {
  std::int64_t n = 0;
  for (const SpreadCell& c : k.totals)
    if (c.concept_name == kind) n += c.count;
  return n;
}

std::vector<std::string> sites(const KindFindings& k) {
  std::vector<std::string> out;
  for (const SpreadCell& c : k.totals)
    if (std::find(out.begin(), out.end(), c.site) == out.end()) out.push_back(c.site);
  return out;
}

void chart_of_totals(Page& page, const KindFindings& k) {
  Json series = Json::array(), domain = Json::array();
  html::Table t{"Neurons of each kind by site", {{"site", false}}, {}};
  for (const std::string& site : sites(k)) domain.push_back(short_site(site)), t.rows.push_back({site});
  for (const std::string& kind : k.kinds) {
    if (total(k, kind) == 0) continue;
    t.columns.push_back({kind});
    Json points = Json::array();
    std::size_t row = 0;
    for (const SpreadCell& c : k.totals) {
      if (c.concept_name != kind) continue;
      points.push_back({{"x", short_site(c.site)},
                        {"y", c.count},
                        {"tip", fmt::format("{}: {} {}", c.site, count(c.count), kind)}});
      if (row < t.rows.size()) t.rows[row++].push_back(count(c.count));
    }
    series.push_back({{"name", kind}, {"points", std::move(points)}});
  }
  if (series.empty()) return;
  page.figure(
      {{"kind", "bars"},
       {"title", fmt::format("Neurons of each kind by site, {}", k.model)},
       {"x",
        {{"title", fmt::format("site of {}", k.model.empty() ? "the model" : k.model)}, {"domain", domain}}},
       {"y", {{"title", "neurons"}, {"format", "~s"}, {"step", 1}}},
       {"series", std::move(series)}},
      fmt::format("Of {} neurons in {}.", count(k.neurons), k.file));
  page.body += html::folded("Neurons of each kind as numbers", t);
}

void table_of_neurons(Page& page, const KindFindings& k) {
  page.body +=
      "<div class=\"kinds\">\n<div class=\"filter\" role=\"group\" aria-label=\"Show kinds of neurons\">";
  for (const std::string& kind : k.kinds)
    page.body +=
        fmt::format("<button type=\"button\" aria-pressed=\"false\" data-kind=\"{0}\">{0} ({1})</button> ",
                    escape(kind), count(total(k, kind)));
  page.body += "<label>site <select><option value=\"\">all</option>";
  for (const std::string& site : sites(k))
    page.body += fmt::format("<option value=\"{}\">{}</option>", escape(site), escape(short_site(site)));
  page.body += "</select></label> <span class=\"muted\" role=\"status\"></span></div>\n";
  page.body +=
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Neurons by "
      "kind\"><table><caption>Neurons by kind</caption>\n<thead><tr><th scope=\"col\">neuron</th><th "
      "scope=\"col\">kinds</th>";
  for (const char* name : {"mean", "variance", "least", "most", "= 0", "≤ 0", "saturated"})
    page.body += fmt::format("<th scope=\"col\" class=\"n\">{}</th>", name);
  page.body += "</tr></thead>\n<tbody>\n";
  for (const KindRow& r : k.rows) {
    const Statistics& s = r.statistics;
    const std::string kinds = fmt::format("{}", fmt::join(r.kinds, " "));
    page.body += fmt::format(
        "<tr data-kinds=\"{}\" data-site=\"{}\"><th scope=\"row\"><code>{}</code></th><td>{}</td>",
        escape(kinds), escape(r.site), escape(r.address),
        escape(fmt::format("{}", fmt::join(r.kinds, ", "))));
    for (const double v : {s.mean, s.variance, s.min, s.max})
      page.body += fmt::format("<td class=\"n\">{}</td>", number(v));
    for (const double v : {s.zero, s.nonpositive, s.saturated})
      page.body += fmt::format("<td class=\"n\">{}</td>", html::percent(v));
    page.body += "</tr>\n";
  }
  page.body += "</tbody></table></div>\n</div>\n";
}

}  // namespace

void section_kinds(Page& page, const ReportData& data) {
  if (data.kinds.neurons == 0 && !data.hints) return;
  page.body += "<section id=\"kinds\">\n<h2>Kinds of neurons</h2>\n";
  if (data.kinds.neurons == 0) {
    page.body += missing("No activations were given, so the neurons’ statistics are not known.",
                         "neurox extract MODEL dev.conllu -o dev.h5ad --sites resid_post,mlp_post");
  } else {
    page.body +=
        "<p>Saturated: at least nine in ten values lie in a flat part of the site’s non-linearity. Dead: "
        "behind a ReLU and never above 0. Constant: variance below "
        "10<sup>−12</sup>. High and low variance: the outer twentieths of their site.</p>\n";
    chart_of_totals(page, data.kinds);
    table_of_neurons(page, data.kinds);
  }
  page.body += "</section>\n";
}

}  // namespace neurox
