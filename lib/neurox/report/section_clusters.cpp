#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

std::string_view distance_of(const ClusterFindings& f) {
  return f.absolute ? "1 − |r|" : "1 − r";
}

Json tree_of_neurons(const ClusterFindings& f) {
  Json merges = Json::array(), rules = Json::array();
  for (const DrawnMerge& m : f.merges)
    merges.push_back(
        {{"a", m.left},
         {"ah", m.left_height},
         {"b", m.right},
         {"bh", m.right_height},
         {"h", m.height},
         {"tip", fmt::format("{} neurons at {}", html::count(m.neurons), html::number(m.height))}});
  for (const CutRow& cut : f.cuts)
    if (std::isfinite(cut.height))
      rules.push_back(
          {{"name", fmt::format("{}: {} clusters", cut.name, html::count(cut.clusters))}, {"y", cut.height}});
  return {{"kind", "dendrogram"},
          {"title", fmt::format("Dendrogram, {}", f.file)},
          {"x", {{"title", f.branches < f.neurons - f.constant ? "branches" : "neurons"}}},
          {"y", {{"title", fmt::format("distance, {}", distance_of(f))}}},
          {"branches", f.branches},
          {"merges", std::move(merges)},
          {"rules", std::move(rules)}};
}

/// `1`, `2`, `3–4`, `5–8`, ...
std::string name_of_bin(std::size_t bin) {
  if (bin < 2) return std::to_string(bin + 1);
  if (bin == 7) return "> 64";
  return fmt::format("{}–{}", (std::size_t{1} << (bin - 1)) + 1, std::size_t{1} << bin);
}

Json sizes_of_clusters(const ClusterFindings& f) {
  std::size_t bins = 0;
  for (const CutRow& cut : f.cuts) bins = std::max(bins, cut.sizes.size());
  Json domain = Json::array(), series = Json::array();
  for (std::size_t b = 0; b < bins; ++b) domain.push_back(name_of_bin(b));
  for (const CutRow& cut : f.cuts) {
    Json points = Json::array();
    for (std::size_t b = 0; b < cut.sizes.size(); ++b)
      points.push_back({{"x", name_of_bin(b)},
                        {"y", cut.sizes[b]},
                        {"tip", fmt::format("{}: {} clusters of {}", cut.name, html::count(cut.sizes[b]),
                                            name_of_bin(b))}});
    series.push_back({{"name", cut.name}, {"points", std::move(points)}});
  }
  return {{"kind", "bars"},
          {"title", fmt::format("Sizes of clusters, {}", f.file)},
          {"x", {{"title", "neurons in the cluster"}, {"domain", std::move(domain)}}},
          {"y", {{"title", "clusters"}, {"format", "~s"}}},
          {"series", std::move(series)}};
}

Json spread_over_blocks(const ClusterFindings& f) {
  Json domain = Json::array(), series = Json::array();
  for (const BlockSpread& row : f.spread) domain.push_back(row.block);
  const std::pair<const char*, std::int64_t BlockSpread::*> parts[] = {
      {"in other blocks too", &BlockSpread::across},
      {"in this block", &BlockSpread::within},
      {"alone", &BlockSpread::alone}};
  for (const auto& [name, part] : parts) {
    Json points = Json::array();
    for (const BlockSpread& row : f.spread) {
      const auto all = static_cast<double>(row.alone + row.within + row.across);
      points.push_back(
          {{"x", row.block},
           {"y", static_cast<double>(row.*part) / all},
           {"tip", fmt::format("block {}: {} neurons {}", row.block, html::count(row.*part), name)}});
    }
    series.push_back({{"name", name}, {"points", std::move(points)}});
  }
  return {{"kind", "bars"},
          {"title", fmt::format("Where the rest of a neuron's cluster is, {}", f.cuts.front().name)},
          {"stacked", true},
          {"x", {{"title", "block"}, {"domain", std::move(domain)}}},
          {"y", {{"title", "neurons"}, {"format", ".0%"}, {"domain", {0, 1}}}},
          {"series", std::move(series)}};
}

html::Table table_of_cuts(const ClusterFindings& f) {
  html::Table t{
      fmt::format("{}: cuts", f.file),
      {{"cut", false}, {"clusters"}, {"of one neuron"}, {"largest"}, {"share kept"}, {"silhouette"}},
      {}};
  const bool halves =
      std::any_of(f.cuts.begin(), f.cuts.end(), [](const CutRow& c) { return std::isfinite(c.halves); });
  if (halves) t.columns.push_back({"agreement of halves"});
  for (const CutRow& c : f.cuts) {
    t.rows.push_back({c.name, html::count(c.clusters), html::count(c.alone), html::count(c.largest),
                      html::percent(c.kept), html::number(c.silhouette)});
    if (halves) t.rows.back().push_back(html::number(c.halves));
  }
  return t;
}

html::Table table_of_largest(const ClusterFindings& f) {
  html::Table t{fmt::format("{}: largest clusters of {}", f.file, f.cuts.front().name),
                {{"cluster", false},
                 {"neurons"},
                 {"mean correlation"},
                 {"silhouette"},
                 {"representative", false},
                 {"blocks", false}},
                {}};
  for (const ClusterRow& r : f.largest)
    t.rows.push_back({std::to_string(r.cluster), html::count(r.neurons), html::number(r.correlation),
                      html::number(r.silhouette), r.representative, r.blocks});
  return t;
}

std::string caption_of_tree(const ClusterFindings& f) {
  std::string out = fmt::format("{}, {} linkage of {} ({}’s r) over {} tokens; {} neurons", f.file, f.linkage,
                                distance_of(f), f.correlation == "spearman" ? "Spearman" : "Pearson",
                                html::count(f.tokens), html::count(f.neurons - f.constant));
  if (f.constant > 0)
    out += fmt::format(", {} constant {} apart", html::count(f.constant), f.constant == 1 ? "one" : "ones");
  out += '.';
  if (f.branches < f.neurons - f.constant)
    out += fmt::format(" The highest {} merges; a branch that ends above 0 holds several neurons.",
                       html::count(f.branches - 1));
  return out;
}

}  // namespace

void section_clusters(Page& page, const ReportData& data) {
  if (data.methods.clusters.empty()) return;
  page.body +=
      "<section id=\"clusters\">\n<h2>Which neurons say the same</h2>\n<p>Neurons whose values rise and fall "
      "together are joined, the closest first; each cut of the tree gives clusters, and one neuron of each "
      "stands for it.</p>\n";
  std::string tables;
  for (const ClusterFindings& f : data.methods.clusters) {
    // The tree over the whole width.
    if (!f.merges.empty()) {
      page.body += "<div class=\"charts\">\n";
      page.figure(tree_of_neurons(f), caption_of_tree(f));
      page.body += "</div>\n";
    }
    page.body += "<div class=\"charts\">\n";
    if (!f.cuts.empty()) {
      page.figure(sizes_of_clusters(f), fmt::format("{}: clusters by size, at each cut.", f.file));
      if (!f.spread.empty())
        page.figure(spread_over_blocks(f),
                    fmt::format("{}, cut {}: neurons of each block by where the rest of their cluster is.",
                                f.file, f.cuts.front().name));
    }
    page.body += "</div>\n";
    tables += html::table(table_of_cuts(f));
    if (!f.largest.empty())
      tables += html::folded(fmt::format("{}: the largest clusters", f.file), table_of_largest(f));
  }
  page.body += tables + "</section>\n";
}

}  // namespace neurox
