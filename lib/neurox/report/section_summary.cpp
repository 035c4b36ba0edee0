#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/core/no_value.h"
#include "neurox/report/ablation_curves.h"
#include "neurox/report/condition_name.h"
#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using html::count;
using html::percent;

std::string of_probe(const ProbeFindings& p) {
  const auto best =
      std::max_element(p.sites.begin(), p.sites.end(), [](const SiteScore& a, const SiteScore& b) {
        return (std::isnan(a.accuracy) ? -1 : a.accuracy) < (std::isnan(b.accuracy) ? -1 : b.accuracy);
      });
  if (best == p.sites.end() || std::isnan(best->accuracy)) return {};
  std::string out = fmt::format("A probe reads {} off {} best at {}: {} correct", p.label,
                                p.model.empty() ? "the model" : p.model, best->site, percent(best->accuracy));
  if (!std::isnan(p.word_majority))
    out += fmt::format("; each word’s commonest class gives {}", percent(p.word_majority));
  if (!std::isnan(p.majority)) out += fmt::format(", the commonest class {}", percent(p.majority));
  if (!std::isnan(best->selectivity)) out += fmt::format("; selectivity {}", percent(best->selectivity));
  if (!std::isnan(p.all.accuracy) && p.sites.size() > 1)
    out += fmt::format("; all sites together {}", percent(p.all.accuracy));
  return out + ".";
}

std::string of_ranking(const RankingFindings& r) {
  std::int64_t all = 0;
  for (const SiteSize& s : r.sites) all += s.neurons;
  const MassRow* half = nullptr;
  for (const MassRow& m : r.mass)
    if (m.concept_name == "overall" &&
        (half == nullptr || std::abs(m.share - 0.5) < std::abs(half->share - 0.5)))
      half = &m;
  if (half == nullptr || all == 0) return {};
  return fmt::format("{} of {} neurons ({}) hold {} of the weight for {}.", count(half->neurons), count(all),
                     percent(static_cast<double>(half->neurons) / static_cast<double>(all)),
                     html::round_percent(half->share), r.label);
}

std::string shown(const CurveSet& set, double value) {
  return is_share(set.measure) ? percent(value) : html::number(value);
}

/// The random neurons that the largest share of `top` is held against; nullptr: none were drawn.
const CurvePoint* random_beside(const CurveSet& set, const Curve& top) {
  for (const Curve& c : set.curves) {
    if (c.group != "random" || c.keep || c.operation != top.operation) continue;
    for (const CurvePoint& q : c.points)
      if (q.share == top.points.back().share) return &q;
  }
  return nullptr;
}

std::string of_curve(const CurveSet& set, const Curve& top) {
  const CurvePoint& p = top.points.back();
  const std::string out = fmt::format("With the top {} of the neurons ablated ({}), {} goes from {} to {}",
                                      html::round_percent(p.share), top.operation, measure_title(set.measure),
                                      shown(set, set.baseline), shown(set, p.mean));
  const CurvePoint* random = random_beside(set, top);
  if (random == nullptr) return out + ".";
  return fmt::format(
      "{}; with as many random ones to {}{}{}.", out, shown(set, random->mean),
      random->draws > 1 ? fmt::format(" ± {} ({} draws)", shown(set, random->sd), random->draws) : "",
      set.target == "model"    ? ", in the running model"
      : set.target == "matrix" ? ", in the activation matrix"
                               : "");
}

/// What edits did to the texts that a model writes: the largest change, and what it costs.
std::string of_writing(const AblationFindings& a) {
  const auto column = [&](const char* name) {
    const auto it = std::find(a.measures.begin(), a.measures.end(), name);
    return it == a.measures.end() ? a.measures.size() : static_cast<std::size_t>(it - a.measures.begin());
  };
  const bool has_concept = column("concept_rate") < a.measures.size();
  const std::size_t rate = column(has_concept ? "concept_rate" : "changed"),
                    cost = column("perplexity_ratio");
  const auto value = [](const AblationRow& r, std::size_t m) {
    return m < r.values.size() ? r.values[m] : no_value;
  };
  double untouched = no_value;
  for (const AblationRow& r : a.rows)
    if (r.group == "none") untouched = value(r, rate);
  const AblationRow* most = nullptr;
  const auto moved = [&](const AblationRow& r) { return std::abs(value(r, rate) - untouched); };
  for (const AblationRow& r : a.rows)
    if (r.group != "none" && std::isfinite(moved(r)) && (most == nullptr || moved(r) > moved(*most)))
      most = &r;
  if (most == nullptr || moved(*most) == 0) return {};
  std::string out =
      has_concept
          ? fmt::format("The concept is in {} of the texts untouched, in {} with {}", percent(untouched),
                        percent(value(*most, rate)), condition_name(*most))
          : fmt::format("{} of the texts change with {}", percent(value(*most, rate)), condition_name(*most));
  if (std::isfinite(value(*most, cost)))
    out += fmt::format(", at {} times the perplexity", html::number(value(*most, cost)));
  return out + fmt::format(" ({}).", a.file);
}

std::string of_ablation(const AblationFindings& a) {
  if (!a.texts.empty()) return of_writing(a);
  for (const CurveSet& set : ablation_curves(a)) {
    if (std::isnan(set.baseline)) continue;
    for (const Curve& c : set.curves)
      if (c.group == "top" && !c.keep && !c.points.empty()) return of_curve(set, c);
  }
  return {};
}

/// A concept's scores against random vectors', over sites and classes.
std::string of_concept_vector(const TcavScores& t, const std::string& name) {
  std::int64_t rows = 0, differ = 0, nothing = 0;
  for (const TcavRow& r : t.rows) {
    if (r.concept_name != name) continue;
    ++rows;
    if (r.at_chance)
      ++nothing;
    else if (r.p_corrected < 0.05)
      ++differ;
  }
  const std::string out = fmt::format("Concept vectors of “{}” ({}): ", name, t.file);
  if (nothing == rows) return out + "at chance on held-out examples everywhere, so their scores say nothing.";
  return fmt::format("{}{} of {} scores differ from those of random vectors (corrected p < 0.05){}.", out,
                     differ, rows, nothing > 0 ? fmt::format(", {} say nothing", nothing) : "");
}

/// The concept furthest from permuted scores, where that is further than chance.
std::string of_concepts(const ConceptUseFindings& f) {
  const ConceptUseRow* far = nullptr;
  for (const ConceptUseRow& r : f.corpus)
    if (r.p < 0.05 && std::isfinite(r.z) && (far == nullptr || std::abs(r.z) > std::abs(far->z))) far = &r;
  if (far == nullptr) return {};
  return fmt::format(
      "Predictions use the neurons of “{}” {} than scores permuted within layers ({} by {}, z {}).",
      far->concept_name, far->z > 0 ? "more" : "less", f.file, f.method, html::number(far->z));
}

}  // namespace

void section_summary(Page& page, const ReportData& data) {
  std::vector<std::string> found;
  const auto add = [&](std::string sentence) {
    if (!sentence.empty() && std::find(found.begin(), found.end(), sentence) == found.end())
      found.push_back(std::move(sentence));
  };
  for (const ProbeFindings& p : data.probes) add(of_probe(p));
  for (const RankingFindings& r : data.rankings) add(of_ranking(r));
  for (const AblationFindings& a : data.ablations) add(of_ablation(a));
  for (const TcavScores& t : data.methods.tcav)
    for (const TcavRow& r : t.rows) add(of_concept_vector(t, r.concept_name));
  for (const ConceptUseFindings& f : data.methods.concepts) add(of_concepts(f));
  if (found.empty()) return;
  page.body += "<section id=\"found\">\n<h2>In short</h2>\n<ul class=\"found\">\n";
  for (const std::string& sentence : found) page.body += fmt::format("<li>{}</li>\n", html::escape(sentence));
  page.body += "</ul>\n</section>\n";
}

}  // namespace neurox
