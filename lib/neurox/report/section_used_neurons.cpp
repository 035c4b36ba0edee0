#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

/// Over a corpus: kinds of token at sites, and what the neurons that predictions use encode.
namespace neurox {
namespace {

using Json = nlohmann::ordered_json;
using html::count;
using html::escape;
using html::number;

std::string target_of(const AttributionFindings& a) {
  return a.asked.empty() ? a.file : fmt::format("{} of {}", a.asked, a.file);
}

struct Measure {
  const char *title, *legend;
  bool diverging;
  MatrixD KindsBySite::*values;
};
constexpr Measure kMeasures[] = {{"sum a sentence", "mean sum a sentence", true, &KindsBySite::signed_sum},
                                 {"size a token", "mean size a token", false, &KindsBySite::magnitude}};

std::string two_digits(double v) {
  const std::string out = fmt::format("{:.2g}", v);
  return out.starts_with('-') ? "−" + out.substr(1) : out;
}

void chart_of_kinds(Page& page, const AttributionFindings& a, const Measure& measure) {
  Json cells = Json::array();
  const SiteLabels labels = site_labels(a.kinds.sites);
  const double largest = (a.kinds.*measure.values).cwiseAbs().maxCoeff();
  for (std::size_t k = 0; k < a.kinds.kinds.size(); ++k)
    for (std::size_t s = 0; s < a.kinds.sites.size(); ++s) {
      const double v = (a.kinds.*measure.values)(static_cast<Index>(k), static_cast<Index>(s));
      cells.push_back({{"x", labels.names[s]},
                       {"y", a.kinds.kinds[k]},
                       {"v", v},
                       {"t", std::abs(v) < 0.005 * largest ? "0" : two_digits(v)},
                       {"tip", fmt::format("{} at {}: {}", a.kinds.kinds[k], a.kinds.sites[s], number(v))}});
    }
  page.figure({{"kind", "heat"},
               {"title", fmt::format("Kinds of token by site, {}, {}", measure.title, target_of(a))},
               {"x", {{"title", labels.title}, {"domain", labels.names}}},
               {"y", {{"title", "kind of token"}, {"domain", a.kinds.kinds}}},
               {"values", std::move(cells)},
               {"diverging", measure.diverging},
               {"legend", measure.legend},
               {"format", "~g"}},
              fmt::format("{}: {}.", target_of(a), measure.legend));
}

html::Table table_of_kinds(const AttributionFindings& a) {
  html::Table t{fmt::format("{}: mean sum of attributions a sentence; in brackets mean |attribution| a token",
                            target_of(a)),
                {{"kind", false}, {"tokens"}},
                {}};
  for (const std::string& s : a.kinds.sites) t.columns.push_back({short_site(s)});
  for (std::size_t k = 0; k < a.kinds.kinds.size(); ++k) {
    t.rows.push_back({a.kinds.kinds[k], count(a.kinds.tokens[k])});
    for (std::size_t s = 0; s < a.kinds.sites.size(); ++s)
      t.rows.back().push_back(
          fmt::format("{} ({})", number(a.kinds.signed_sum(static_cast<Index>(k), static_cast<Index>(s))),
                      number(a.kinds.magnitude(static_cast<Index>(k), static_cast<Index>(s)))));
  }
  return t;
}

/// The rank that the best of so many concepts has by chance, in half of all cases.
double chance_rank(const EncodedConcept& c) {
  return static_cast<double>(c.neurons) * (1 - std::pow(0.5, 1.0 / static_cast<double>(c.concepts)));
}

html::Table table_of_used(const AttributionFindings& a) {
  html::Table t{fmt::format("{}: the first neurons of each site, and the concept for which each ranks best",
                            target_of(a)),
                {{"site", false}, {"neuron", false}, {"mean |attribution|"}},
                {}};
  const auto longest = std::max_element(
      a.used.begin(), a.used.end(),
      [](const UsedNeuron& x, const UsedNeuron& y) { return x.encodes.size() < y.encodes.size(); });
  for (const EncodedConcept& c : longest->encodes) {
    t.columns.push_back({c.label.empty() ? "concept" : c.label, false});
    t.columns.push_back({fmt::format("rank of {}", count(c.neurons))});
  }
  for (const UsedNeuron& n : a.used) {
    t.rows.push_back({short_site(n.site), n.address, number(n.score)});
    for (const EncodedConcept& c : n.encodes) {
      t.rows.back().push_back(c.concept_name);
      t.rows.back().push_back(count(c.rank));
    }
    t.rows.back().resize(t.columns.size());
  }
  return t;
}

}  // namespace

void kinds_by_site(Page& page, const ReportData& data) {
  bool begun = false;
  for (const Measure& measure : kMeasures) {
    bool open = false;
    for (const AttributionFindings& a : data.attributions) {
      // One kind of token alone says nothing about kinds; one sentence nothing about a corpus.
      if (a.kinds.kinds.size() < 2 || a.sentences < 2) continue;
      if (!begun)
        page.body +=
            "<h3>Which kinds of token matter where</h3>\n<p>Sums tell what a kind of token adds to the "
            "target, sizes how much passes through one token of it.</p>\n";
      if (!open) page.body += "<div class=\"charts\">\n";
      begun = open = true;
      chart_of_kinds(page, a, measure);
    }
    if (open) page.body += "</div>\n";
  }
  for (const AttributionFindings& a : data.attributions)
    if (begun && a.kinds.kinds.size() >= 2 && a.sentences >= 2)
      page.body += html::folded(fmt::format("{} as numbers", target_of(a)), table_of_kinds(a));
}

void neurons_used(Page& page, const ReportData& data) {
  bool begun = false;
  for (const AttributionFindings& a : data.attributions) {
    const auto known =
        std::find_if(a.used.begin(), a.used.end(), [](const UsedNeuron& n) { return !n.encodes.empty(); });
    if (known == a.used.end() || a.sentences < 2) continue;
    const EncodedConcept& c = known->encodes.front();
    if (!begun)
      page.body += fmt::format(
          "<h3>What the neurons that predictions use encode</h3>\n<p>For each of a site’s first neurons the "
          "concept "
          "in whose ranking it comes first, and its place there. A neuron taken at random has a best place "
          "of "
          "about {} among {} concepts and {} neurons, so only places well before that mean something.</p>\n",
          count(static_cast<std::int64_t>(std::lround(chance_rank(c)))), c.concepts, count(c.neurons));
    begun = true;
    page.body += html::table(table_of_used(a));
  }
}

}  // namespace neurox
