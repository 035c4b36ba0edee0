#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"
#include "neurox/report/word_shades.h"

namespace neurox {
namespace {

using html::count;
using html::escape;
using html::number;

std::string figures(const AttributedText& t) {
  std::string out = fmt::format("{} · target {}", t.method, t.target);
  if (std::isfinite(t.value)) out += fmt::format(" · f(x) {}", number(t.value));
  if (std::isfinite(t.baseline)) out += fmt::format(" · f(baseline) {}", number(t.baseline));
  if (std::isfinite(t.delta)) out += fmt::format(" · missing from the sum {}", number(t.delta));
  return out;
}

std::string shaded(const AttributedText& t) {
  return fmt::format("<li><span class=\"muted\">{}</span><br>{}</li>\n", escape(figures(t)),
                     shaded_words(t.tokens));
}

/// A number for a narrow cell, to hundredths of the largest's power of ten; the whole stands in its title.
std::string rounded(double v, double largest) {
  if (!std::isfinite(v)) return "–";
  const double power = largest > 0 ? std::floor(std::log10(largest)) : 0;
  std::string out = fmt::format("{:.{}f}", v, static_cast<int>(std::clamp(2 - power, 0.0, 9.0)));
  if (out.find_first_not_of("-0.") == std::string::npos) return "0";
  return out.starts_with('-') ? "−" + out.substr(1) : out;
}

/// Grids of the same words at the same sites, by several targets.
using Targets = std::vector<const AttributedGrid*>;
struct GridGroup {
  std::size_t number = 0;  ///< of the sentence
  Targets grids;
};
std::vector<GridGroup> side_by_side(const ReportData& data) {
  std::vector<GridGroup> out;
  for (const AttributionFindings& a : data.attributions)
    for (std::size_t i = 0; i < a.grids.size(); ++i) {
      const AttributedGrid& g = a.grids[i];
      auto it = std::find_if(out.begin(), out.end(), [&](const GridGroup& other) {
        const AttributedGrid& o = *other.grids.front();
        return other.number == i && o.text == g.text && o.tokens == g.tokens && o.sites == g.sites &&
               o.target != g.target;
      });
      if (it == out.end()) it = out.insert(out.end(), GridGroup{i, {}});
      it->grids.push_back(&g);
    }
  std::erase_if(out, [](const GridGroup& g) { return g.grids.size() < 2; });
  return out;
}

std::string heat_map(const AttributedGrid& g, std::size_t number_of) {
  double largest = 0;
  for (const auto& row : g.values)
    for (const double v : row) largest = std::max(largest, std::abs(v));
  const std::string title =
      fmt::format("Sentence {}: words by {}, target {}", number_of, site_labels(g.sites).title, g.target);
  std::string out = fmt::format(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
      "aria-label=\"{0}\"><table><caption>{0}</caption>\n<thead><tr><th "
      "scope=\"col\">word</th>",
      escape(title));
  const SiteLabels labels = site_labels(g.sites);
  for (std::size_t i = 0; i < g.sites.size(); ++i)
    out += fmt::format("<th scope=\"col\" class=\"n\" title=\"{}\">{}</th>", escape(g.sites[i]),
                       escape(labels.names[i]));
  out += "</tr></thead>\n<tbody>\n";
  for (std::size_t t = 0; t < g.tokens.size(); ++t) {
    out += fmt::format("<tr><th scope=\"row\">{}</th>", escape(g.tokens[t]));
    for (const double v : g.values[t])
      out += fmt::format("<td class=\"n t{}\" title=\"{}\">{}</td>", share_shade(v, largest), number(v),
                         rounded(v, largest));
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

void section_attributions(Page& page, const ReportData& data) {
  if (data.attributions.empty()) return;
  page.body += "<section id=\"attributions\">\n<h2>What predictions use</h2>\n" + share_legend();
  const std::vector<GridGroup> groups = side_by_side(data);
  for (const GridGroup& group : groups) {
    page.body +=
        fmt::format("<h3>{}</h3>\n<div class=\"charts\">\n",
                    escape(group.grids.front()->text.empty() ? fmt::format("Sentence {}", group.number)
                                                             : group.grids.front()->text));
    for (const AttributedGrid* g : group.grids) page.body += heat_map(*g, group.number);
    page.body += "</div>\n";
  }
  for (const AttributionFindings& a : data.attributions) {
    const bool shown_above =
        a.texts.empty() && std::all_of(a.grids.begin(), a.grids.end(), [&](const AttributedGrid& g) {
          return std::any_of(groups.begin(), groups.end(), [&](const GridGroup& other) {
            return std::find(other.grids.begin(), other.grids.end(), &g) != other.grids.end();
          });
        });
    if (shown_above) continue;
    page.body += fmt::format("<h3>{}</h3>\n",
                             escape(a.method.empty() ? a.file : fmt::format("{}, {}", a.file, a.method)));
    const auto shown = static_cast<std::int64_t>(a.grids.size());
    if (!a.texts.empty()) {
      page.body += "<ol class=\"plain\">\n";
      for (const AttributedText& t : a.texts) page.body += shaded(t);
      page.body += "</ol>\n";
    }
    for (std::size_t i = 0; i < a.grids.size(); ++i) {
      const bool grouped = std::any_of(groups.begin(), groups.end(), [&](const GridGroup& g) {
        return std::find(g.grids.begin(), g.grids.end(), &a.grids[i]) != g.grids.end();
      });
      if (!grouped) page.body += heat_map(a.grids[i], i);
    }
    if (shown > 0 && a.sentences > shown)
      page.body += fmt::format("<p class=\"muted\">The first {} of {} sentences.</p>\n", count(shown),
                               count(a.sentences));
  }
  word_distributions(page, data);
  kinds_by_site(page, data);
  neurons_used(page, data);
  page.body += "</section>\n";
}

}  // namespace neurox
