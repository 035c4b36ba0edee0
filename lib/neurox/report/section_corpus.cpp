#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

constexpr std::size_t kOnALine = 5;

/// `word: killed (+5.9) · dead (+3.9)`, a line per kind.
std::string lines_of(const NeuronCorpus& n) {
  std::string out, kind;
  std::size_t on_line = 0;
  for (const CorpusContext& c : n.contexts) {
    if (c.kind != kind) {
      out += fmt::format("{}<strong>{}</strong> ", kind.empty() ? "" : "<br>", html::escape(c.kind));
      kind = c.kind, on_line = 0;
    }
    if (on_line++ >= kOnALine) continue;
    out += fmt::format("{}{}&nbsp;<span class=\"muted\">{}{}</span>", on_line > 1 ? " · " : "",
                       html::escape(c.text), c.z > 0 ? "+" : "", html::number(std::round(c.z * 10) / 10));
  }
  return out;
}

html::Table table_of_contexts(const NeuronCorpus& n) {
  const auto known = [&](double CorpusContext::*value) {
    return std::any_of(n.contexts.begin(), n.contexts.end(),
                       [&](const CorpusContext& c) { return std::isfinite(c.*value); });
  };
  const bool distance = known(&CorpusContext::distance), selectivity = known(&CorpusContext::selectivity);
  html::Table t{n.address, {{"text", false}, {"of", false}, {"count"}, {"mean"}, {"z"}}, {}};
  if (distance) t.columns.push_back({"mean |z|"});
  if (selectivity) t.columns.push_back({"selectivity"});
  for (const CorpusContext& c : n.contexts) {
    t.rows.push_back({c.text, c.kind, html::count(c.count), html::number(c.mean), html::number(c.z)});
    if (distance) t.rows.back().push_back(html::number(c.distance));
    if (selectivity) t.rows.back().push_back(html::number(c.selectivity));
  }
  return t;
}

}  // namespace

void section_corpus(Page& page, const ReportData& data) {
  if (data.methods.corpora.empty()) return;
  page.body +=
      "<section id=\"corpus\">\n<h2>Words and contexts that neurons stand for</h2>\n<p>By the text alone, "
      "without labels. Numbers are distances of the mean on a word (at the end of a context, over a "
      "sentence) "
      "from the neuron’s mean, in standard deviations.</p>\n";
  for (const CorpusFindings& found : data.methods.corpora) {
    page.body +=
        fmt::format("<h3>{} <span class=\"muted\">{}, the first {} of {} neurons</span></h3>\n",
                    html::escape(found.method), html::escape(found.file),
                    html::count(static_cast<std::int64_t>(found.neurons.size())), html::count(found.of));
    for (const NeuronCorpus& n : found.neurons)
      page.body +=
          fmt::format("<div><h4><code>{}</code> <span class=\"muted\">{}</span></h4>\n<p>{}</p>\n{}</div>\n",
                      html::escape(n.address), html::number(n.score), lines_of(n),
                      html::folded("All of them", table_of_contexts(n)));
  }
  page.body += "</section>\n";
}

}  // namespace neurox
