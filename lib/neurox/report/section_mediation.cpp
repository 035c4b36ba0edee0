#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/group_charts.h"
#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_mediator_bars = 60;

std::string in_short(const MediationFindings& f) {
  std::string out = fmt::format("Total effect {}",
                                std::isfinite(f.total_effect) ? html::number(f.total_effect) : "unknown");
  if (std::isfinite(f.standard_error)) out += fmt::format(" ± {}", html::number(f.standard_error));
  out += fmt::format(" over {} {}", html::count(f.all_pairs), f.all_pairs == 1 ? "pair" : "pairs");
  if (!f.candidates.empty())
    out += fmt::format("; bias ratio {}: {} (geometric mean), above 1 in {} of the prompts", f.candidates,
                       html::number(f.bias_ratio), html::percent(f.biased_share));
  return out + ".";
}

std::string mediator_tip(const MediatorRow& r) {
  return fmt::format("{}: indirect {}, direct {}, {} {}", r.name, html::number(r.indirect),
                     html::number(r.direct), html::count(r.neurons), r.neurons == 1 ? "neuron" : "neurons");
}

/// Heads as a map of indirect effects; else bars, the direct effect beside the indirect one.
Json chart_of_mediators(const MediationFindings& f) {
  const std::string title = fmt::format("Indirect effects, {}", f.file);
  std::vector<GroupValue> indirect, direct;
  for (const MediatorRow& r : f.rows) {
    if (!std::isfinite(r.indirect)) continue;
    indirect.push_back({r.name, r.indirect, mediator_tip(r)});
    direct.push_back({r.name, r.direct, mediator_tip(r)});
  }
  if (f.unit == "head")
    if (auto heads = heads_by_block(indirect, title, "indirect effect")) return *heads;
  Json chart = bars_of_groups(indirect, title, "effect", most_mediator_bars);
  chart["series"][0]["name"] = "indirect";
  chart["x"]["title"] = f.unit;
  if (f.unit == "neuron") return chart;
  Json points = Json::array();
  for (const Json& shown : chart["series"][0]["points"])
    for (const GroupValue& g : direct)
      if (g.tip == shown["tip"] && std::isfinite(g.value))
        points.push_back({{"x", shown["x"]}, {"y", g.value}, {"tip", g.tip}});
  chart["series"].push_back({{"name", "direct"}, {"points", std::move(points)}});
  return chart;
}

html::Table table_of_mediators(const MediationFindings& f) {
  html::Table t{fmt::format("{}: what mediates", f.file),
                {{f.unit.empty() ? "mediator" : f.unit, false}, {"neurons"}, {"indirect"}, {"direct"}},
                {}};
  for (const MediatorRow& r : f.rows)
    t.rows.push_back({r.name, html::count(r.neurons), html::number(r.indirect), html::number(r.direct)});
  return t;
}

html::Table table_of_pairs(const MediationFindings& f) {
  html::Table t{fmt::format("{}: pairs", f.file),
                {{"base", false},
                 {"counterfactual", false},
                 {"candidates", false},
                 {"ratio"},
                 {"counterfactual's"},
                 {"total effect"}},
                {}};
  for (const MediatedPair& p : f.pairs)
    t.rows.push_back(
        {p.base, p.counterfactual, fmt::format("{} / {}", p.counterfactual_candidate, p.base_candidate),
         html::number(p.ratio), html::number(p.counterfactual_ratio), html::number(p.total_effect)});
  return t;
}

}  // namespace

void section_mediation(Page& page, const ReportData& data) {
  if (data.methods.mediations.empty()) return;
  page.body +=
      "<section id=\"mediation\">\n<h2>Through what a word changes what goes on</h2>\n<p>Each pair of "
      "prompts "
      "differs in a word. The total effect is by how much that word changes the odds of the two candidates "
      "(0: "
      "not at all); the indirect one what comes about when only this part is as under the other prompt, the "
      "direct one what is left when only this part is held.</p>\n";
  for (const MediationFindings& f : data.methods.mediations) {
    page.body += fmt::format("<h3>{} <span class=\"muted\">{}</span></h3>\n<p>{}</p>\n",
                             html::escape(f.model.empty() ? "Mediation" : f.model), html::escape(f.file),
                             html::escape(in_short(f)));
    std::string caption = fmt::format("{}, by {}, mean over pairs.", f.file, f.unit);
    if (static_cast<std::int64_t>(f.rows.size()) < f.mediators)
      caption += fmt::format(" Those with the largest and the smallest indirect effect of {}.",
                             html::count(f.mediators));
    else if (f.unit != "head" && f.rows.size() > most_mediator_bars)
      caption += fmt::format(" The {} of {} with the largest effects.", most_mediator_bars, f.rows.size());
    page.figure(chart_of_mediators(f), caption);
    page.body += html::folded(fmt::format("{} as numbers", f.file), table_of_mediators(f));
    const bool all = static_cast<std::int64_t>(f.pairs.size()) == f.all_pairs;
    page.body += html::folded(
        all ? "Its pairs" : fmt::format("The first {} of {} pairs", f.pairs.size(), html::count(f.all_pairs)),
        table_of_pairs(f));
  }
  page.body += "</section>\n";
}

}  // namespace neurox
