#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> as_strings(const std::vector<int>& numbers) {
  std::vector<std::string> out;
  for (const int n : numbers) out.push_back(std::to_string(n));
  return out;
}

double sum_of(const LogitParts& p, std::size_t block) {
  return p.attention[block] + p.mlp[block] + p.norms[block];
}

Json parts_by_block(const LogitParts& p) {
  const std::vector<std::string> names = as_strings(p.blocks);
  Json series = Json::array();
  const auto add = [&](const char* name, const std::vector<double>& values) {
    if (std::all_of(values.begin(), values.end(), [](double v) { return v == 0; })) return;
    Json points = Json::array();
    for (std::size_t b = 0; b < names.size(); ++b)
      points.push_back({{"x", names[b]},
                        {"y", values[b]},
                        {"tip", fmt::format("block {}, {}: {}", names[b], name, html::number(values[b]))}});
    series.push_back({{"name", name}, {"points", std::move(points)}});
  };
  add("attention", p.attention);
  add("MLP", p.mlp);
  add("norm biases", p.norms);
  return {{"kind", "bars"},
          {"title", fmt::format("What blocks add to the logit, {}", p.file)},
          {"x", {{"title", "block"}, {"domain", names}}},
          {"y", {{"title", "part of the logit"}, {"format", "~g"}}},
          {"series", std::move(series)}};
}

Json parts_by_head(const LogitParts& p) {
  SiteLabels columns{{}, "head"};
  for (Index h = 0; h < p.heads.cols(); ++h) columns.names.push_back(std::to_string(h));
  const SiteLabels rows{as_strings(p.blocks), "block"};
  Json chart = matrix_chart(fmt::format("What heads add to the logit, {}", p.file), columns, rows);
  for (Index b = 0; b < p.heads.rows(); ++b)
    for (Index h = 0; h < p.heads.cols(); ++h)
      add_cell(chart, columns.names[static_cast<std::size_t>(h)], rows.names[static_cast<std::size_t>(b)],
               p.heads(b, h), fmt::format("block {}, head {}: {}", b, h, html::number(p.heads(b, h))));
  chart["diverging"] = true;
  chart["legend"] = "part of the logit";
  return chart;
}

html::Table table_of_parts(const LogitParts& p) {
  html::Table t{fmt::format("{}: parts of the logit", p.file),
                {{"component", false}, {"attention"}, {"MLP"}, {"norm biases"}, {"sum so far"}},
                {}};
  double sum = p.embeddings;
  t.rows.push_back({"embeddings", "", "", "", html::number(sum)});
  for (std::size_t b = 0; b < p.blocks.size(); ++b) {
    sum += sum_of(p, b);
    t.rows.push_back({fmt::format("block {}", p.blocks[b]), html::number(p.attention[b]),
                      html::number(p.mlp[b]), html::number(p.norms[b]), html::number(sum)});
  }
  t.rows.push_back({"final norm bias", "", "", html::number(p.final_norm), html::number(sum + p.final_norm)});
  t.rows.push_back({"head bias", "", "", "", html::number(sum + p.final_norm + p.head_bias)});
  return t;
}

}  // namespace

void section_logit(Page& page, const ReportData& data) {
  if (data.methods.parts.empty()) return;
  page.body +=
      "<section id=\"logit\">\n<h2>What adds up to the logit</h2>\n<p>What each component has written into "
      "the "
      "target’s logit, with the last norm held as it is; all parts together are the logit.</p>\n";
  for (const LogitParts& p : data.methods.parts) {
    page.body += fmt::format("<h3>{}</h3>\n<div class=\"charts\">\n", html::escape(p.file));
    page.figure(
        parts_by_block(p),
        fmt::format("Mean over {} {}; besides, embeddings {}, biases of the last norm {} and of the "
                    "head {}.",
                    html::count(p.sentences), p.sentences == 1 ? "sentence" : "sentences",
                    html::number(p.embeddings), html::number(p.final_norm), html::number(p.head_bias)));
    if (p.heads.cols() > 0) page.figure(parts_by_head(p), "Attention by head.");
    page.body += "</div>\n" + html::folded("The same as numbers", table_of_parts(p));
  }
  page.body += "</section>\n";
}

}  // namespace neurox
