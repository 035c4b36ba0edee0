#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

constexpr std::size_t kDrawnRankings = 40;   ///< of a map; more stand as numbers
constexpr std::size_t kListedTogether = 20;  ///< neurons of a consensus and of those that moved

nlohmann::ordered_json agreement_map(const AgreementMaps& set, const HeadMap& map, const std::string& title) {
  nlohmann::ordered_json chart =
      word_map(title, set.names, map.values,
               {.columns = {}, .rows = {}, .legend = map.name, .before = {}, .between = "and"});
  if (map.is_signed) chart["diverging"] = true;
  return chart;
}

html::Table table_of_pairs(const AgreementMaps& set, const std::string& caption) {
  html::Table t{caption, {{"first", false}, {"second", false}}, {}};
  for (const HeadMap& map : set.maps) t.columns.push_back({map.name});
  for (std::size_t i = 0; i < set.names.size(); ++i)
    for (std::size_t j = i + 1; j < set.names.size(); ++j) {
      t.rows.push_back({set.names[i], set.names[j]});
      for (const HeadMap& map : set.maps)
        t.rows.back().push_back(html::number(map.values(static_cast<Index>(i), static_cast<Index>(j))));
    }
  return t;
}

void maps_of_set(Page& page, const ComparisonFindings& f, const AgreementMaps& set) {
  const std::string what =
      fmt::format("{}{}", set.concept_name, set.unit == "group" ? ", correlated neurons as one" : "");
  page.body += fmt::format("<h4>{}</h4>\n", html::escape(what));
  if (set.names.size() <= kDrawnRankings) {
    page.body += "<div class=\"charts\">\n";
    for (const HeadMap& map : set.maps)
      page.figure(
          agreement_map(set, map, fmt::format("Agreement of rankings, {}, {}, {}", map.name, what, f.file)),
          fmt::format("{}, {}.", what, map.name));
    page.body += "</div>\n";
  } else {
    page.body += fmt::format("<p class=\"muted\">{} rankings are too many to draw.</p>\n", set.names.size());
  }
  page.body +=
      html::folded("Pairs as numbers", table_of_pairs(set, fmt::format("{}: pairs, {}", f.file, what)));
}

void votes(Page& page, const ComparisonFindings& f) {
  html::Table t{fmt::format("{}: each ranking against the others, first {}", f.file, f.first),
                {{"concept", false},
                 {"ranking", false},
                 {"method", false},
                 {"mean Jaccard index"},
                 {"with the votes of all"},
                 {"with the votes of the others"}},
                {}};
  for (const VoteRow& r : f.votes)
    t.rows.push_back({r.concept_name, r.ranking, r.method, html::number(r.mean_jaccard), html::number(r.vote),
                      html::number(r.vote_of_others)});
  page.body += html::table(t);
}

/// What the rankings of one concept say together.
void consensus(Page& page, const ComparisonFindings& f, const AgreementMaps& set) {
  html::Table t{fmt::format("{}: {}, neurons with the most votes", f.file, set.concept_name),
                {{"neuron", false}, {"votes"}},
                {}};
  for (const std::string& name : set.names) t.columns.push_back({name});
  for (const ConsensusRow& r : f.consensus) {
    if (r.concept_name != set.concept_name || t.rows.size() == kListedTogether) continue;
    t.rows.push_back({r.address, html::number(r.score)});
    for (const std::int64_t place : r.places) t.rows.back().push_back(html::count(place));
    t.rows.back().resize(t.columns.size());
  }
  if (!t.rows.empty())
    page.body += html::folded("Neurons with the most votes, and their place in each ranking", t);
}

void moved(Page& page, const ComparisonFindings& f) {
  html::Table t{fmt::format("{}: neurons that moved furthest", f.file),
                {{"neuron", false}, {"concept", false}, {"in", false}, {"place"}, {"in", false}, {"place"}},
                {}};
  for (const MovedRow& r : f.moved) {
    const auto same = std::count_if(t.rows.begin(), t.rows.end(), [&](const auto& row) {
      return row[1] == r.concept_name && row[4] == r.second;
    });
    if (static_cast<std::size_t>(same) < kListedTogether)
      t.rows.push_back(
          {r.address, r.concept_name, r.first, html::count(r.from), r.second, html::count(r.to)});
  }
  if (!t.rows.empty())
    page.body += fmt::format("<h4>What moved among the first {}</h4>\n", f.first) + html::table(t);
}

void changed_words(Page& page, const ComparisonFindings& f) {
  html::Table t{fmt::format("{}: words that the neurons prefer", f.file),
                {{"neuron", false},
                 {"concept", false},
                 {"correlation over words"},
                 {"first words kept"},
                 {"words that moved most, z before and after", false}},
                {}};
  for (const WordChangeRow& r : f.words) {
    const auto same = std::count_if(t.rows.begin(), t.rows.end(),
                                    [&](const auto& row) { return row[1] == r.concept_name; });
    if (static_cast<std::size_t>(same) < kListedTogether)
      t.rows.push_back(
          {r.address, r.concept_name, html::number(r.correlation), html::percent(r.kept), r.moved});
  }
  if (!t.rows.empty())
    page.body += fmt::format(
                     "<h4>How their words changed</h4>\n<p>Of the first {} of either model, the "
                     "furthest moved first.</p>\n",
                     f.first) +
                 html::table(t);
}

}  // namespace

void section_comparison(Page& page, const ReportData& data) {
  if (data.methods.comparisons.empty()) return;
  page.body +=
      "<section id=\"comparison\">\n<h2>How far rankings agree</h2>\n<p>Neurons that several methods name "
      "are "
      "more to be believed than those of one. Rank-biased overlap counts the first places most; Kendall’s "
      "τ-b "
      "all of them alike. Votes: each ranking gives its first neuron most, the next one less. With the votes "
      "of the others alone no ranking speaks for itself.</p>\n";
  for (const ComparisonFindings& f : data.methods.comparisons) {
    page.body += fmt::format("<h3>{}</h3>\n", html::escape(f.file));
    for (const AgreementMaps& set : f.sets) {
      maps_of_set(page, f, set);
      if (set.unit == "neuron") consensus(page, f, set);
    }
    votes(page, f);
    moved(page, f);
    changed_words(page, f);
  }
  page.body += "</section>\n";
}

}  // namespace neurox
