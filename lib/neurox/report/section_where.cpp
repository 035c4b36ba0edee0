#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;
using html::count;
using html::percent;

constexpr const char* kOverall = "overall";

template <class Row, class Name>
std::vector<std::string> distinct(const std::vector<Row>& rows, Name name) {
  std::vector<std::string> out;
  for (const Row& r : rows)
    if (std::find(out.begin(), out.end(), name(r)) == out.end()) out.push_back(name(r));
  return out;
}

std::int64_t total(const Spread& s, const std::string& concept_name) {
  std::int64_t n = 0;
  for (const SpreadCell& c : s.cells)
    if (c.concept_name == concept_name) n += c.count;
  return n;
}

/// Where the top neurons of all classes together lie, beside where all neurons lie.
void chart_of_sites(Page& page, const RankingFindings& r) {
  if (r.sites.size() < 2) return;
  Json domain = Json::array(), series = Json::array(), chance = Json::array();
  std::int64_t all = 0;
  for (const SiteSize& s : r.sites) all += s.neurons;
  for (const SiteSize& s : r.sites) {
    const double share = static_cast<double>(s.neurons) / static_cast<double>(all);
    domain.push_back(short_site(s.site));
    chance.push_back({{"x", short_site(s.site)},
                      {"y", share},
                      {"tip", fmt::format("{}: {} of {} neurons ({})", s.site, count(s.neurons), count(all),
                                          percent(share))}});
  }
  series.push_back({{"name", "all neurons (chance)"}, {"role", "random"}, {"points", std::move(chance)}});
  html::Table t{fmt::format("{}: where the top neurons lie", label_of_model(r.label, r.model)),
                {{"site", false}, {"all neurons"}},
                {}};
  for (const SiteSize& s : r.sites) t.rows.push_back({s.site, count(s.neurons)});
  for (const Spread& spread : r.spreads) {
    const std::int64_t n = total(spread, kOverall);
    if (n == 0) continue;
    Json points = Json::array();
    t.columns.push_back({spread.rule});
    for (std::size_t i = 0; i < r.sites.size(); ++i) {
      std::int64_t here = 0;
      for (const SpreadCell& c : spread.cells)
        if (c.concept_name == kOverall && c.site == r.sites[i].site) here += c.count;
      const double share = static_cast<double>(here) / static_cast<double>(n);
      points.push_back({{"x", short_site(r.sites[i].site)},
                        {"y", share},
                        {"tip", fmt::format("{}, {}: {} of {} ({})", r.sites[i].site, spread.rule,
                                            count(here), count(n), percent(share))}});
      t.rows[i].push_back(count(here));
    }
    series.push_back({{"name", spread.rule}, {"points", std::move(points)}});
  }
  if (series.size() < 2) return;
  page.figure(
      {{"kind", "bars"},
       {"title", fmt::format("Share of the top neurons by site, {}", label_of_model(r.label, r.model))},
       {"x",
        {{"title", fmt::format("site of {}", r.model.empty() ? "the model" : r.model)}, {"domain", domain}}},
       {"y", {{"title", "share of the chosen neurons"}, {"format", ".0%"}}},
       {"series", std::move(series)}},
      fmt::format("Overall ranking by {}. Bars higher than the grey one: more top neurons than a random "
                  "choice would put there.",
                  r.method.empty() ? "its scores" : r.method));
  page.body += html::folded("Top neurons by site as numbers", t);
}

/// Where each class's top neurons lie.
void chart_of_classes(Page& page, const RankingFindings& r) {
  if (r.sites.size() < 2) return;
  const auto spread = std::find_if(r.spreads.begin(), r.spreads.end(), [](const Spread& s) {
    return std::any_of(s.cells.begin(), s.cells.end(),
                       [](const SpreadCell& c) { return c.concept_name != kOverall; });
  });
  if (spread == r.spreads.end()) return;
  std::vector<std::string> concepts =
      distinct(spread->cells, [](const SpreadCell& c) { return c.concept_name; });
  std::erase(concepts, kOverall);
  Json domain = Json::array(), cells = Json::array();
  html::Table t{
      fmt::format("{}: top neurons by class and site, {}", label_of_model(r.label, r.model), spread->rule),
      {{"class", false}},
      {}};
  for (const SiteSize& s : r.sites)
    domain.push_back(short_site(s.site)), t.columns.push_back({short_site(s.site)});
  for (const std::string& name : concepts) {
    t.rows.push_back({name});
    for (const SiteSize& s : r.sites) {
      std::int64_t here = 0;
      for (const SpreadCell& c : spread->cells)
        if (c.concept_name == name && c.site == s.site) here += c.count;
      t.rows.back().push_back(count(here));
      cells.push_back({{"x", short_site(s.site)},
                       {"y", name},
                       {"v", here},
                       {"t", count(here)},
                       {"tip", fmt::format("{} at {}: {}", name, s.site, count(here))}});
    }
  }
  constexpr std::size_t kMostDrawn = 60;
  if (concepts.size() <= kMostDrawn && !r.sites.empty())
    page.figure(
        {{"kind", "heat"},
         {"title", fmt::format("Top neurons by class and site, {}", label_of_model(r.label, r.model))},
         {"x",
          {{"title", fmt::format("site of {}", r.model.empty() ? "the model" : r.model)},
           {"domain", domain}}},
         {"y", {{"title", r.label}, {"domain", concepts}}},
         {"values", std::move(cells)},
         {"legend", "neurons"},
         {"format", "~s"}},
        fmt::format("For each class: {}.", spread->rule));
  page.body += html::folded("Top neurons by class and site as numbers", t);
}

void chart_of_mass(Page& page, const RankingFindings& r) {
  if (r.mass.empty()) return;
  const std::vector<std::string> concepts = distinct(r.mass, [](const MassRow& m) { return m.concept_name; });
  const std::vector<std::string> shares =
      distinct(r.mass, [](const MassRow& m) { return html::round_percent(m.share); });
  Json series = Json::array();
  html::Table t{fmt::format("{}: neurons that hold a share of the weight", label_of_model(r.label, r.model)),
                {{"class", false}},
                {}};
  for (const std::string& share : shares) t.columns.push_back({share});
  for (const std::string& name : concepts) {
    t.rows.push_back({name});
    for (const std::string& share : shares) {
      std::string cell;
      for (const MassRow& m : r.mass)
        if (m.concept_name == name && html::round_percent(m.share) == share) cell = count(m.neurons);
      t.rows.back().push_back(cell);
    }
  }
  // Few lines tell more than many: at most four shares, spread over those there are.
  std::vector<std::string> drawn;
  const std::size_t k = std::min<std::size_t>(4, shares.size());
  for (std::size_t i = 0; i < k; ++i) drawn.push_back(shares[k == 1 ? 0 : i * (shares.size() - 1) / (k - 1)]);
  for (const std::string& share : drawn) {
    Json points = Json::array();
    for (const MassRow& m : r.mass)
      if (html::round_percent(m.share) == share)
        points.push_back({{"x", m.neurons},
                          {"y", m.concept_name},
                          {"tip", fmt::format("{}: {} neurons hold {} of the weight", m.concept_name,
                                              count(m.neurons), share)}});
    series.push_back({{"name", share + " of the weight"}, {"points", std::move(points)}});
  }
  page.figure({{"kind", "dots"},
               {"title",
                fmt::format("Neurons that hold a share of the weight, {}", label_of_model(r.label, r.model))},
               {"x", {{"title", "number of neurons"}, {"format", "~s"}}},
               {"y", {{"title", r.label}, {"domain", concepts}}},
               {"series", std::move(series)}},
              "The fewest neurons whose absolute weights add up to the share. The further left, the more "
              "focused the class.");
  page.body += html::folded("Neurons by share of the weight as numbers", t);
}

void chart_of_shared(Page& page, const RankingFindings& r) {
  if (r.shared.empty()) return;
  Json domain = Json::array(), focused = Json::array(), shared = Json::array();
  html::Table t{fmt::format("{}: focused and shared neurons", label_of_model(r.label, r.model)),
                {{"class", false}, {"top neurons"}, {"in this class only"}, {"shared"}},
                {}};
  for (const SharedRow& s : r.shared) {
    domain.push_back(s.class_name);
    focused.push_back(
        {{"x", s.class_name},
         {"y", s.focused},
         {"tip", fmt::format("{}: {} in no other class's top", s.class_name, count(s.focused))}});
    shared.push_back(
        {{"x", s.class_name},
         {"y", s.top - s.focused},
         {"tip", fmt::format("{}: {} also in another class's top", s.class_name, count(s.top - s.focused))}});
    t.rows.push_back({s.class_name, count(s.top), count(s.focused), count(s.top - s.focused)});
  }
  Json series = Json::array();
  series.push_back({{"name", "in this class only"}, {"points", std::move(focused)}});
  series.push_back(
      {{"name", "shared with other classes"}, {"role", "random"}, {"points", std::move(shared)}});
  page.figure(
      {{"kind", "bars"},
       {"title", fmt::format("Focused and shared neurons by class, {}", label_of_model(r.label, r.model))},
       {"x", {{"title", r.label}, {"domain", domain}}},
       {"y", {{"title", "top neurons of the class"}, {"format", "~s"}}},
       {"stacked", true},
       {"series", std::move(series)}},
      "Of each class's top neurons, those that no other class has among its own.");
  page.body += html::folded("Focused and shared neurons as numbers", t);
}

}  // namespace

void section_where(Page& page, const ReportData& data) {
  if (data.rankings.empty() && !data.hints) return;
  page.body += "<section id=\"where\">\n<h2>Where the top neurons live</h2>\n";
  if (data.rankings.empty())
    page.body += missing("No ranking was given.", "neurox rank LABEL.probe.h5ad -o LABEL.rank.h5ad");
  for (const RankingFindings& r : data.rankings) {
    page.body += fmt::format("<h3>{}{} <span class=\"muted\">{}</span></h3>\n<div class=\"charts\">\n<div>",
                             html::escape(label_of_model(r.label, r.model)),
                             r.method.empty() ? "" : html::escape(", " + r.method), html::escape(r.file));
    chart_of_sites(page, r);
    page.body += "</div>\n<div>";
    chart_of_mass(page, r);
    page.body += "</div>\n<div>";
    chart_of_classes(page, r);
    page.body += "</div>\n<div>";
    chart_of_shared(page, r);
    page.body += "</div>\n</div>\n";
    html::Table t{fmt::format("{}: the best neurons", label_of_model(r.label, r.model)),
                  {{"for", false}, {"rank"}, {"neuron", false}, {"score"}},
                  {}};
    for (const TopList& list : r.top)
      for (std::size_t i = 0; i < list.neurons.size(); ++i)
        t.rows.push_back({list.concept_name, count(static_cast<std::int64_t>(i + 1)), list.neurons[i].address,
                          html::number(list.neurons[i].score)});
    if (!t.rows.empty()) page.body += html::folded("The best neurons, overall and for each class", t);
  }
  page.body += "</section>\n";
}

}  // namespace neurox
