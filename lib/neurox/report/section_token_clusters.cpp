#include <fmt/format.h>

#include <algorithm>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

constexpr std::size_t kShownClusters = 200;

html::Table table_of_token_clusters(const TokenClusterFindings& f, std::size_t shown) {
  const bool named = std::any_of(f.rows.begin(), f.rows.end(), [](const auto& r) { return !r.name.empty(); });
  html::Table t{
      fmt::format("{}: clusters of tokens", f.file), {{"cluster"}, {"tokens"}, {"words", false}}, {}};
  if (named) t.columns.push_back({"name", false});
  if (!f.label.empty()) t.columns.insert(t.columns.end(), {{f.label, false}, {"share"}});
  for (std::size_t k = 0; k < shown; ++k) {
    const TokenClusterRow& r = f.rows[k];
    t.rows.push_back({html::count(r.cluster), html::count(r.size), r.words});
    if (named) t.rows.back().push_back(r.name);
    if (f.label.empty()) continue;
    t.rows.back().push_back(r.aligned ? r.label : r.label.empty() ? "" : fmt::format("({})", r.label));
    t.rows.back().push_back(html::number(r.share));
  }
  return t;
}

html::Table contexts_of_clusters(const TokenClusterFindings& f, std::size_t shown) {
  html::Table t{fmt::format("{}: contexts", f.file), {{"cluster"}, {"context", false}}, {}};
  for (std::size_t k = 0; k < shown; ++k)
    for (const std::string& context : f.rows[k].contexts)
      t.rows.push_back({html::count(f.rows[k].cluster), context});
  return t;
}

}  // namespace

void section_token_clusters(Page& page, const ReportData& data) {
  if (data.methods.token_clusters.empty()) return;
  page.body +=
      "<section id=\"tokens\">\n<h2>Groups of tokens</h2>\n<p>Tokens whose representations lie together, "
      "found "
      "without labels. A label in brackets is the commonest one, but not common enough to explain the "
      "cluster.</p>\n";
  for (const TokenClusterFindings& f : data.methods.token_clusters) {
    page.body += fmt::format("<h3>{} <span class=\"muted\">{}</span></h3>\n", html::escape(f.method),
                             html::escape(f.file));
    if (!f.quality.empty()) {
      html::Table t{
          fmt::format("{}: clusters against {}", f.file, f.label), {{"measure", false}, {"value"}}, {}};
      for (const auto& [name, value] : f.quality) t.rows.push_back({name, html::number(value)});
      page.body += html::table(t);
    }
    const std::size_t shown = std::min(f.rows.size(), kShownClusters);
    page.body += html::table(table_of_token_clusters(f, shown));
    page.body += first_of(shown, static_cast<std::int64_t>(f.rows.size()), "clusters");
    const html::Table contexts = contexts_of_clusters(f, shown);
    if (!contexts.rows.empty())
      page.body += html::folded("Contexts, nearest to each cluster’s middle first", contexts);
  }
  page.body += "</section>\n";
}

}  // namespace neurox
