#include <fmt/format.h>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> numbered(Index n) {
  std::vector<std::string> out;
  for (Index i = 0; i < n; ++i) out.push_back(std::to_string(i));
  return out;
}

Json map_of_heads(const AttentionFindings& f, const HeadMap& m) {
  const SiteLabels blocks = site_labels(f.blocks);
  const std::vector<std::string> heads = numbered(m.values.cols());
  Json chart = matrix_chart(fmt::format("Heads by {}: {}", f.method, m.name), {heads, "head"},
                            {blocks.names, "block"});
  for (Index b = 0; b < m.values.rows(); ++b)
    for (Index h = 0; h < m.values.cols(); ++h)
      add_cell(chart, heads[static_cast<std::size_t>(h)], blocks.names[static_cast<std::size_t>(b)],
               m.values(b, h),
               fmt::format("block {}, head {}: {} {}", blocks.names[static_cast<std::size_t>(b)], h, m.name,
                           html::number(m.values(b, h))));
  if (m.is_signed) chart["diverging"] = true;
  chart["legend"] = m.name;
  return chart;
}

Json map_of_words(const AttentionText& t, const MatrixD& values, const std::string& title) {
  return word_map(title, t.tokens, values,
                  {.columns = "to", .rows = "from", .legend = "value", .before = "from ", .between = "to"});
}

html::Table table_of_heads(const AttentionFindings& f) {
  html::Table t{fmt::format("{}: heads", f.file), {{"block", false}, {"head"}}, {}};
  for (const HeadMap& m : f.maps) t.columns.push_back({m.name});
  if (f.maps.empty()) return t;
  const SiteLabels blocks = site_labels(f.blocks);
  for (Index b = 0; b < f.maps[0].values.rows(); ++b)
    for (Index h = 0; h < f.maps[0].values.cols(); ++h) {
      t.rows.push_back({blocks.names[static_cast<std::size_t>(b)], std::to_string(h)});
      for (const HeadMap& m : f.maps) t.rows.back().push_back(html::number(m.values(b, h)));
    }
  return t;
}

}  // namespace

void section_attention(Page& page, const ReportData& data) {
  if (data.methods.attention.empty()) return;
  page.body +=
      "<section id=\"attention\">\n<h2>Where heads look</h2>\n<p>Attention says where information is taken "
      "from, "
      "not that the prediction uses it: norm-weighted maps add how much is written, attention attribution "
      "what the "
      "target makes of it. Shares and entropy are means over words and sentences.</p>\n";
  for (const AttentionFindings& f : data.methods.attention) {
    page.body += fmt::format("<h3>{}, {}</h3>\n<div class=\"charts\">\n", html::escape(f.file),
                             html::escape(f.method));
    for (const HeadMap& m : f.maps) page.figure(map_of_heads(f, m), fmt::format("{}, {}.", f.method, m.name));
    page.body += "</div>\n" + html::folded("Heads as numbers", table_of_heads(f));
    for (const AttentionText& t : f.texts) {
      page.body += fmt::format("<h4>{}</h4>\n", html::escape(t.text));
      if (!t.target.empty())
        page.body += fmt::format("<p class=\"muted\">target {}</p>\n", html::escape(t.target));
      page.body += "<div class=\"charts\">\n";
      page.figure(map_of_words(t, t.mean, fmt::format("{} in “{}”, mean over heads", f.method, t.text)),
                  "Mean over all heads.");
      page.figure(map_of_words(t, t.chosen, fmt::format("{} in “{}”, {}", f.method, t.text, f.chosen)),
                  fmt::format("{}.", f.chosen));
      page.body += "</div>\n";
      page.body += first_of(t.tokens.size(), t.words, "words");
    }
    page.body += first_of(f.texts.size(), f.sentences, "sentences");
  }
  page.body += "</section>\n";
}

}  // namespace neurox
