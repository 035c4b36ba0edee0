#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

/// The steps whose names begin so, as a line over the number of neurons.
Json line_of_steps(const RedundancyFindings& f, const std::string& name, std::string_view begins) {
  std::vector<const RedundancyRow*> rows;
  for (const RedundancyRow& r : f.rows)
    if (r.step.starts_with(begins)) rows.push_back(&r);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const RedundancyRow* a, const RedundancyRow* b) { return a->neurons < b->neurons; });
  Json points = Json::array();
  for (const RedundancyRow* r : rows)
    points.push_back({{"x", r->neurons},
                      {"y", r->accuracy},
                      {"tip", fmt::format("{}: {} neurons ({}), {}", r->step, html::count(r->neurons),
                                          html::percent(r->share), html::percent(r->accuracy))}});
  return {{"name", name}, {"points", std::move(points)}};
}

Json curve_of_redundancy(const RedundancyFindings& f) {
  Json series = Json::array(), rules = Json::array();
  int dash = 0;
  for (Json line :
       {line_of_steps(f, "first neurons by weight", "top "), line_of_steps(f, "lowest layers", "up to "),
        line_of_steps(f, "one neuron a cluster", "clusters ")}) {
    if (line["points"].empty()) continue;
    line["dash"] = dash++;
    series.push_back(std::move(line));
  }
  const double all = f.rows.front().accuracy;
  rules.push_back({{"name", "all neurons"}, {"y", all}});
  if (f.neuron_loss > 0)
    rules.push_back({{"name", fmt::format("{} % less", html::number(f.neuron_loss))},
                     {"y", all * (1 - f.neuron_loss / 100)},
                     {"below", true}});
  return {{"kind", "lines"},
          {"title", fmt::format("Accuracy kept by fewer neurons, {}", f.label)},
          {"x", {{"title", "neurons"}, {"type", "linear"}, {"scale", "sqrt"}, {"format", ",d"}}},
          {"y", {{"title", "accuracy"}, {"format", ".0%"}}},
          {"series", std::move(series)},
          {"rules", std::move(rules)}};
}

html::Table table_of_steps(const RedundancyFindings& f) {
  html::Table t{fmt::format("{}: steps", f.file),
                {{"step", false}, {"neurons"}, {"share of neurons"}, {"accuracy"}, {"of that of all"}},
                {}};
  for (const RedundancyRow& r : f.rows)
    t.rows.push_back({r.step, html::count(r.neurons), html::percent(r.share), html::percent(r.accuracy),
                      html::percent(r.kept)});
  return t;
}

}  // namespace

void section_redundancy(Page& page, const ReportData& data) {
  if (data.methods.redundancy.empty()) return;
  page.body +=
      "<section id=\"redundancy\">\n<h2>How few neurons would do</h2>\n<p>Probes on the lowest layers, then "
      "on "
      "one neuron of each cluster, then on the first neurons by weight, as long as they keep the accuracy of "
      "all.</p>\n<div class=\"charts\">\n";
  std::string tables;
  for (const RedundancyFindings& f : data.methods.redundancy) {
    const RedundancyRow& minimal = f.rows.back();
    page.figure(
        curve_of_redundancy(f),
        fmt::format("{}, {}: {} of {} layers, {}, then {} neurons ({}) keep {} of the accuracy.", f.file,
                    label_of_model(f.label, f.model), f.layers_kept, f.layers,
                    f.cut == "none" ? "no clusters" : fmt::format("clusters at {}", f.cut),
                    html::count(minimal.neurons), html::percent(minimal.share), html::percent(minimal.kept)));
    tables += html::folded(fmt::format("{} as numbers", f.file), table_of_steps(f));
  }
  page.body += "</div>\n" + tables + "</section>\n";
}

}  // namespace neurox
