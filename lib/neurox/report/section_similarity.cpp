#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

constexpr std::size_t kDrawnParts = 64;  ///< of a map; more stand as numbers

/// What a measure's map says.
std::string said_of(const std::string& method) {
  if (method == "maxcorr" || method == "mincorr")
    return "Mean over the row’s neurons of their largest |r| with a neuron of the column.";
  if (method == "linreg")
    return "Mean over the row’s neurons of how well the column’s neurons predict them (multiple r).";
  if (method == "svcca") return "Mean canonical correlation.";
  if (method == "pwcca") return "Canonical correlations weighted by what they account for in the row.";
  return "Linear centred kernel alignment.";
}

void map_of_parts(Page& page, const SimilarityFindings& f) {
  const std::vector<std::string> names = told_apart(f.parts);
  const auto n = static_cast<Index>(names.size());
  page.body += fmt::format("<h3>{} <span class=\"muted\">{}, {} words</span></h3>\n", html::escape(f.method),
                           html::escape(f.file), html::count(f.words));
  html::Table t{fmt::format("{}: {}", f.file, f.method), {{"of", false}, {"beside", false}, {f.method}}, {}};
  nlohmann::ordered_json chart =
      matrix_chart(fmt::format("{} of models side by side, {}", f.method, f.file), {names, ""}, {names, ""});
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) {
      const auto &row = names[static_cast<std::size_t>(i)], &column = names[static_cast<std::size_t>(j)];
      const double v = f.values(i, j);
      add_cell(chart, column, row, v, fmt::format("{} beside {}: {}", row, column, html::number(v)));
      if (i != j && std::isfinite(v)) t.rows.push_back({row, column, html::number(v)});
    }
  chart["square"] = true;
  chart["legend"] = f.method;
  if (names.size() <= kDrawnParts)
    page.figure(std::move(chart), said_of(f.method));
  else
    page.body += fmt::format("<p class=\"muted\">{} layers are too many to draw.</p>\n", names.size());
  page.body += html::folded("As numbers", t);
}

}  // namespace

void section_similarity(Page& page, const ReportData& data) {
  if (data.methods.similarities.empty()) return;
  page.body +=
      "<section id=\"similarity\">\n<h2>Models side by side</h2>\n<p>Layers of models (or of one model) on "
      "the "
      "same words. 1: they hold the same; what chance gives depends on the measure, the number of neurons "
      "and of "
      "words, so a random model beside them says most.</p>\n";
  for (const SimilarityFindings& f : data.methods.similarities) map_of_parts(page, f);
  page.body += "</section>\n";
}

}  // namespace neurox
