#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostConcepts = 24;  ///< in pictures
constexpr double kUnlikely = 0.05;

/// Concepts furthest from their permuted scores first.
std::vector<std::size_t> by_distance(const std::vector<ConceptUseRow>& rows) {
  std::vector<std::size_t> out(rows.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  const auto far = [&](std::size_t i) { return std::isfinite(rows[i].z) ? std::abs(rows[i].z) : -1; };
  std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) { return far(a) > far(b); });
  return out;
}

Json bars_of_use(const ConceptUseFindings& f) {
  Json points = Json::array(), domain = Json::array();
  for (const std::size_t i : by_distance(f.corpus)) {
    if (domain.size() == kMostConcepts) break;
    const ConceptUseRow& r = f.corpus[i];
    domain.push_back(r.concept_name);
    Json p = {
        {"x", r.concept_name},
        {"y", r.use},
        {"tip", fmt::format("{}: {}; permuted {} ± {}; z {}, p {}", r.concept_name, html::number(r.use),
                            html::number(r.mean), html::number(r.sd), html::number(r.z), html::number(r.p))}};
    if (std::isfinite(r.mean) && std::isfinite(r.sd))
      p["level"] = r.mean, p["level_lo"] = r.mean - 2 * r.sd, p["level_hi"] = r.mean + 2 * r.sd;
    if (r.p < kUnlikely) p["mark"] = "*";
    points.push_back(std::move(p));
  }
  return {{"kind", "bars"},
          {"title", fmt::format("Use of the neurons of concepts, {}", f.file)},
          {"x", {{"title", "concept"}, {"domain", std::move(domain)}}},
          {"y", {{"title", "weighted mean attribution"}, {"format", "~g"}}},
          {"series", {{{"name", "use"}, {"points", std::move(points)}}}}};
}

/// Sentences x concepts: distance from permuted scores.
Json distances(const ConceptUseFindings& f) {
  std::vector<std::string> columns, rows;
  for (const std::size_t i : by_distance(f.corpus))
    if (columns.size() < kMostConcepts) columns.push_back(f.corpus[i].concept_name);
  for (std::size_t s = 0; s < f.texts.size(); ++s) rows.push_back(fmt::format("{}", s + 1));
  Json chart = matrix_chart(fmt::format("Concepts of each sentence, {}", f.file), {columns, "concept"},
                            {rows, "sentence"});
  for (std::size_t s = 0; s < f.texts.size(); ++s)
    for (const ConceptUseRow& r : f.texts[s].rows)
      if (std::find(columns.begin(), columns.end(), r.concept_name) != columns.end())
        add_cell(chart, r.concept_name, rows[s], r.z,
                 fmt::format("sentence {}, {}: z {}, p {}, use {}", s + 1, r.concept_name, html::number(r.z),
                             html::number(r.p), html::number(r.use)));
  chart["diverging"] = true;
  chart["legend"] = "z against permuted scores";
  return chart;
}

html::Table use_of_corpus(const ConceptUseFindings& f) {
  html::Table t{fmt::format("{}: concepts over {} sentences", f.file, f.sentences),
                {{"concept", false}, {"use"}, {"permuted mean"}, {"permuted sd"}, {"z"}, {"p"}},
                {}};
  for (const std::size_t i : by_distance(f.corpus)) {
    const ConceptUseRow& r = f.corpus[i];
    t.rows.push_back({r.concept_name, html::number(r.use), html::number(r.mean), html::number(r.sd),
                      html::number(r.z), html::number(r.p)});
  }
  return t;
}

html::Table use_of_sentences(const ConceptUseFindings& f) {
  constexpr std::size_t kShown = 3;
  html::Table t{fmt::format("{}: the concepts furthest from chance in each sentence", f.file),
                {{"sentence"}, {"text", false}, {"target", false}, {"f(x)"}, {"concepts with z", false}},
                {}};
  for (std::size_t s = 0; s < f.texts.size(); ++s) {
    const ConceptUseText& text = f.texts[s];
    std::string best;
    const auto order = by_distance(text.rows);
    for (std::size_t k = 0; k < order.size() && k < kShown; ++k)
      best += fmt::format("{}{} ({})", best.empty() ? "" : ", ", text.rows[order[k]].concept_name,
                          html::number(text.rows[order[k]].z));
    t.rows.push_back({fmt::format("{}", s + 1), text.text, text.target, html::number(text.value), best});
  }
  return t;
}

}  // namespace

void section_concept_use(Page& page, const ReportData& data) {
  if (data.methods.concepts.empty()) return;
  page.body +=
      "<section id=\"concepts\">\n<h2>Which concepts’ neurons predictions use</h2>\n<p>The attribution of a "
      "concept’s neurons, weighted by their score in its ranking, against scores permuted within each layer. "
      "Above the grey box: its neurons speak for the target more than others of their layers do; below: "
      "against it.</p>\n";
  for (const ConceptUseFindings& f : data.methods.concepts) {
    page.body += fmt::format("<h3>{}{}</h3>\n<div class=\"charts\">\n", html::escape(f.file),
                             f.method.empty() ? "" : html::escape(", " + f.method));
    page.figure(
        bars_of_use(f),
        fmt::format(
            "Mean over {} {}, furthest from chance first. Grey boxes: scores permuted within layers{}, mean "
            "± two standard deviations. * p < 0.05, for each concept by itself: one in "
            "twenty has it by chance.",
            html::count(f.sentences), f.sentences == 1 ? "sentence" : "sentences",
            f.permutations > 0 ? fmt::format(" {} times", html::count(f.permutations)) : ""));
    if (f.texts.size() > 1)
      page.figure(distances(f),
                  "How far each sentence’s use lies from permuted scores, in standard deviations.");
    page.body += "</div>\n";
    if (f.corpus.size() > kMostConcepts)
      page.body +=
          fmt::format("<p class=\"muted\">Pictures of the {} of {} concepts furthest from chance.</p>\n",
                      kMostConcepts, f.corpus.size());
    page.body += html::folded("The same as numbers", use_of_corpus(f)) +
                 html::folded("Sentences", use_of_sentences(f));
    if (f.sentences > static_cast<std::int64_t>(f.texts.size()))
      page.body += fmt::format("<p class=\"muted\">The first {} of {} sentences.</p>\n", f.texts.size(),
                               html::count(f.sentences));
  }
  page.body += "</section>\n";
}

}  // namespace neurox
